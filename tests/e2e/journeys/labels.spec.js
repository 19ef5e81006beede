// What the logits of a classifier mean: independent labels, and a single number. The checkpoint is tiny-bert with another configuration.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../golden/tiny-bert');
const read = (name) => readFileSync(path.join(folder, name));

/** The weights with the first row of the classifier alone. */
function oneRow(bytes) {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const parts = [];
  let at = 0;
  for (const [name, tensor] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = tensor.data_offsets;
    const classifier = name.startsWith('classifier');
    const size = classifier ? (end - start) / tensor.shape[0] : end - start;
    if (classifier) tensor.shape[0] = 1;
    parts.push(bytes.subarray(8 + length + start, 8 + length + start + size));
    tensor.data_offsets = [at, (at += size)];
  }
  const written = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(written.length));
  return Buffer.concat([head, written, ...parts]);
}

const MODELS = {
  independent: { change: { problem_type: 'multi_label_classification', id2label: { 0: 'calm', 1: 'joy' } }, weights: (bytes) => bytes },
  number: { change: { problem_type: 'regression', id2label: { 0: 'LABEL_0' } }, weights: oneRow },
};

async function open(vitrine, page, kind) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.modelSelect.selectOption('own');
  const { change, weights } = MODELS[kind];
  const config = Buffer.from(JSON.stringify({ ...JSON.parse(read('config.json')), ...change }));
  const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer });
  const files = [file('config.json', config), file('tokenizer.json', read('tokenizer.json')), file('model.safetensors', weights(read('model.safetensors')))];
  await page.getByTestId('pick-files').setInputFiles(files);
  await expect(page.getByTestId('baseline-select')).toBeVisible();
}

async function looksRight(vitrine, page, name) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
      await vitrine.screenshot(`${name}-${colorScheme}-${width}`);
    }
  }
}

test('independent labels have a bar each, and the strongest is explained by itself', async ({ vitrine, page }) => {
  await open(vitrine, page, 'independent');
  const { target, value, problem_type: problem } = await vitrine.explain('the bad film');
  expect([target.label, target.quantity, target.foil, problem]).toEqual(['calm', 'logit', null, 'multi-label']);
  expect(value).toBeCloseTo(0.022917, 3);
  await expect(vitrine.claim).toContainText('The model gives calm a probability of 50.6 %.');
  const bars = vitrine.prediction.locator('[data-probability]');
  await expect(bars).toHaveCount(2);
  await expect(bars.nth(1)).toContainText('40.1 %');
  // A foil may still be asked for.
  await vitrine.targetSelect.selectOption('calm');
  await vitrine.foilSelect.selectOption('joy');
  await expect(vitrine.claim).toContainText('and joy 40.1 %, each by itself.');
  await vitrine.panel('Residual stream');
  await expect(page.getByTestId('stream-claim')).toContainText('“calm”');
  await looksRight(vitrine, page, 'independent-labels');
});

test('one label is a number, without bars and without a choice of classes', async ({ vitrine, page }) => {
  await open(vitrine, page, 'number');
  const { value, target } = await vitrine.explain('the bad film');
  expect(value).toBeCloseTo(0.022917, 3);
  expect(target.foil).toBeNull();
  await expect(vitrine.claim).toContainText('The model gives 0.02.');
  await expect(vitrine.claim).not.toContainText('%');
  await expect(vitrine.prediction.locator('.answer__track')).toHaveCount(0);
  await expect(vitrine.prediction).toContainText('Explained: score.');
  await expect(vitrine.prediction).not.toContainText('%');
  await expect(vitrine.targetSelect).toHaveCount(0);
  await expect(vitrine.foilSelect).toHaveCount(0);
  await vitrine.panel('Residual stream');
  await expect(page.getByTestId('stream-claim')).toContainText('at the end it gives 0.02');
  await looksRight(vitrine, page, 'one-number');
});
