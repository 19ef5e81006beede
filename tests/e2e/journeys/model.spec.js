import { readFileSync } from 'node:fs';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, root, test } from '../pages/vitrine.js';

const golden = (model, name) => readFileSync(path.join(root, 'tests/golden', model, name));

async function clean(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
}

async function fits(page, width) {
  await page.setViewportSize({ width, height: 800 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}

test('a model of one’s own has a page: what was read, what it can show, and whether it says what its card says', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.modelSelect.selectOption('own');
  const card = '---\nlicense: mit\nwidget:\n- text: the film is good\n  output:\n  - label: wrong\n    score: 0.9\n- text: not bad\n---\n# A card\n';
  const files = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => ({ name, mimeType: 'application/octet-stream', buffer: golden('tiny-roberta', name) }));
  await page.getByTestId('pick-files').setInputFiles([...files, { name: 'README.md', mimeType: 'text/markdown', buffer: Buffer.from(card) }]);
  await page.getByTestId('model-page').click();
  await expect(page).toHaveURL(/#\/models\/own%20model$/);
  await expect(vitrine.claim).toHaveText(/^Nothing was guessed: \d+ keys and tensors used, \d+ without effect, 0 not understood\.$/);
  await expect(page.getByTestId('file')).toContainText('RoBERTa, a classifier of');
  await expect(page.getByTestId('sha256')).toHaveText(/^[0-9a-f]{64}$/);
  await expect(page.getByTestId('converted')).toContainText('as F32. Here matrices are kept as 32-bit floats, which changes none of them.');
  await expect(page.getByText('mit, say the files.')).toBeVisible();
  const line = (name) => page.getByTestId('can').locator('li').filter({ has: page.getByText(name, { exact: false }) }).first();
  await expect(line('Attention')).toContainText('3 blocks of 4 heads');
  await expect(line('Steering')).toHaveAttribute('data-verdict', 'fail');
  await expect(line('Steering')).toContainText('it answers and writes nothing');

  // A part of the drawing lists its tensors.
  await page.locator('[data-testid=architecture] [data-part=cell-1]').click();
  await expect(page.getByTestId('tensors')).toContainText('Attention: ');
  await expect(page.getByTestId('tensors').getByRole('cell', { name: /attention\.self\.query\.weight/ }).first()).toBeVisible();
  await fits(page, 360);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.locator('[data-testid=architecture] [data-part=cell-1]').click();
  await expect(page.getByTestId('tensors')).toHaveCount(0);
  const trial = page.getByTestId('trial');
  await expect(trial).toHaveCount(2);
  await trial.first().getByTestId('try').click();
  await expect(trial.first()).toContainText(/Here on the CPU it says .+ %\. The card says wrong, 90\.0 %\. Its files, or their conversion/);
  await trial.nth(1).getByTestId('try').click();
  await expect(trial.nth(1)).toContainText('Here on the CPU it says');
  await page.getByTestId('trial-text').fill('a text of mine');
  await page.getByTestId('try-own').click();
  await trial.nth(2).getByTestId('try').click();
  await expect(trial.nth(2).getByTestId('trial-verdict')).toContainText('Here on the CPU it says');
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await clean(page);
    await vitrine.screenshot(`model-${colorScheme}-1440`);
  }
  await fits(page, 360);
  await clean(page);
  await vitrine.screenshot('model-360');
  await page.getByRole('button', { name: /Show as table/ }).click();
  await expect(page.getByRole('table')).toContainText('Attention');
  await page.getByTestId('ask-it').click();
  await expect(vitrine.modelSelect).toHaveValue('own model');
});

test('a model of the page says what is known of it before it is fetched, and who is unknown gets a way on', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.open('./?device=cpu#/models/sentiment');
  await expect(page.getByTestId('model')).toContainText('sentiment is not open yet');
  await clean(page);
  await page.getByTestId('open-model').click();
  await expect(page.getByTestId('file')).toContainText('BERT, a classifier of');
  await page.goto('./?device=cpu#/models/smollm2-135m');
  await expect(page.getByTestId('fetch-model')).toBeVisible();
  await page.goto('./?device=cpu#/models/nobody');
  await expect(vitrine.error).toContainText('nobody is none of the models of this page');
  await fits(page, 360);
  await clean(page);
  await page.getByRole('link', { name: 'All models' }).click();
  const open = page.getByTestId('open-models');
  await expect(open.getByRole('link', { name: 'sentiment' })).toHaveAttribute('href', '#/models/sentiment');
  await expect(open).toContainText('not open yet');
  await clean(page);
  await vitrine.device.locator('summary').click();
  await vitrine.device.getByRole('link', { name: 'sentiment' }).click();
  await expect(page.getByTestId('architecture')).toBeVisible();
  await page.goto('./?device=cpu#/models/nobody');
  await page.getByTestId('open-own').click();
  await expect(page.getByTestId('own-model')).toBeVisible();
});

test('a model of one’s own is remembered by name, kept if it is said, and takes labels of one’s own if it judges entailment', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.modelSelect.selectOption('own');
  const config = JSON.parse(golden('tiny-roberta', 'config.json').toString());
  Object.assign(config, { id2label: { 0: 'contradiction', 1: 'entailment' }, label2id: { contradiction: 0, entailment: 1 } });
  const files = ['tokenizer.json', 'model.safetensors'].map((name) => ({ name, mimeType: 'application/octet-stream', buffer: golden('tiny-roberta', name) }));
  await page.getByTestId('pick-files').setInputFiles([...files, { name: 'config.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(config)) }]);
  await page.getByTestId('model-page').click();

  await page.getByTestId('entailment-text').fill('the film');
  await page.getByTestId('entailment-labels').fill('bad, the film, a');
  await page.getByTestId('entailment-template').fill('in {}');
  await page.getByTestId('ask-labels').click();
  await expect(page.getByTestId('entailment-claim')).toHaveText('Of these it takes “the film”, 38.9 %.');
  await clean(page);
  await fits(page, 360);
  await vitrine.screenshot('own-labels-360');
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.getByRole('link', { name: 'Ask why bad' }).click();
  await expect(vitrine.textInput).toHaveValue('the film</s></s>in bad');
  await expect(vitrine.targetSelect).toHaveValue('entailment');
  await vitrine.settled('the film</s></s>in bad');

  await page.goto('./?device=cpu#/models/own%20model');
  await expect(page.getByTestId('keeping')).toContainText('not kept');
  await page.getByTestId('keep').click();
  await expect(page.getByTestId('keeping')).toContainText('They are kept in this browser');
  await page.goto('./?device=cpu#/models');
  await page.reload();
  const remembered = page.getByTestId('remembered');
  await expect(remembered).toContainText('own modelfrom this device');
  await expect(page.getByTestId('open-models')).not.toContainText('own model');
  await clean(page);
  await page.getByTestId('open-kept').click();
  const open = page.getByTestId('open-models').getByRole('link', { name: 'own model' });
  await open.click();
  await expect(page.getByTestId('file')).toContainText('RoBERTa, a classifier of 2 labels');
  await expect(page.getByTestId('keeping')).toContainText('They are kept in this browser');
  await page.getByRole('link', { name: 'All models' }).click();
  await fits(page, 360);
  await clean(page);
  await vitrine.screenshot('models-360');
  await remembered.getByTestId('forget').click();
  await expect(remembered).toHaveCount(0);
});

test.describe('where there is a graphics card', () => {
  test.use({ allowed: [/the wgpu device was lost/] });

  test('the CPU is asked the same by an engine of its own', async ({ vitrine, page }) => {
    await vitrine.useTinyModel();
    await vitrine.openLab('./?device=webgpu#/lab');
    const compare = async (text) => {
      await page.getByTestId('trial-text').fill(text);
      await page.getByTestId('try-own').click();
      await page.getByTestId('try').click();
      await expect(page.getByTestId('trial-verdict')).toContainText('Here on the GPU it says');
      await page.getByTestId('on-cpu').click();
      await expect(page.getByTestId('devices')).toHaveText(/The CPU says the same: they differ by .+ at most\./);
      expect(page.workers()).toHaveLength(1);
    };
    await page.goto('./?device=webgpu#/models/sentiment');
    await compare('the bad film');
    await page.goto('./?device=webgpu#/lab');
    await vitrine.modelSelect.selectOption('own');
    const files = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => ({ name, mimeType: 'application/octet-stream', buffer: golden('tiny-roberta', name) }));
    await page.getByTestId('pick-files').setInputFiles(files);
    await page.getByTestId('model-page').click();
    await compare('the film');
  });
});
