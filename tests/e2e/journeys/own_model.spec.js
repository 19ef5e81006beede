import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

const golden = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../golden');
const file = (model, name) => path.join(golden, model, name);
const FOLDER = ['config.json', 'tokenizer.json', 'model.safetensors'];

async function openOwn(vitrine, page) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.modelSelect.selectOption('own');
  await expect(page.getByTestId('own-model')).toBeVisible();
}

async function saysSomething(vitrine, page) {
  await expect(page.getByTestId('load-report')).toBeVisible();
  await vitrine.textInput.fill('the film');
  await vitrine.run.click();
  await expect(vitrine.prediction.locator('.next-token__row')).toHaveCount(10);
  await expect(vitrine.claim).toContainText('as the next token');
}

test('a GPT-2 folder, a GGUF file and a classifier of one’s own are read on this device', async ({ vitrine, page }) => {
  const asked = [];
  await openOwn(vitrine, page);
  page.on('request', (request) => asked.push(request.url()));
  await vitrine.screenshot('own-model-light-1440');
  await page.getByTestId('pick-files').setInputFiles(FOLDER.map((name) => file('tiny-gpt2', name)));
  await saysSomething(vitrine, page);
  expect((await vitrine.last()).model.architecture).toBe('gpt2');
  await expect(page.getByTestId('load-report')).toContainText('read from your disk, 0 bytes were sent');
  await expect(page.getByTestId('load-report')).toContainText('as 32-bit floats');
  await vitrine.modelSelect.selectOption('own');
  await page.getByTestId('pick-files').setInputFiles([file('tiny-llama', 'tiny-llama.gguf')]);
  await expect(vitrine.modelSelect).toHaveValue('tiny-llama');
  await saysSomething(vitrine, page);
  expect((await vitrine.last()).model.architecture).toBe('llama');
  expect((await vitrine.last()).model.sha256).toHaveLength(64);
  const account = page.getByTestId('inspection');
  await expect(account.locator('summary')).toHaveText(/^Nothing was guessed: \d+ keys and tensors used, \d+ without effect, 0 not understood\.$/);
  await account.locator('summary').click();
  await expect(account).toContainText('29 tensors');
  await expect(account).toContainText('license');
  await expect(account).toContainText('Writing stops at <|im_end|> (tokenizer.ggml.eos_token_id)');
  const { violations } = await new AxeBuilder({ page }).include('[data-testid="inspection"]').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await vitrine.screenshot('account-light-1440');
  await vitrine.modelSelect.selectOption('own');
  await page.getByTestId('pick-files').setInputFiles(FOLDER.map((name) => file('tiny-distilbert', name)));
  await expect(page.getByTestId('baseline-select')).toBeVisible();
  await vitrine.explain('the bad film');
  expect((await vitrine.last()).model.architecture).toBe('distilbert');
  expect(asked).toEqual([]);
});

test('files can be dropped', async ({ vitrine, page }) => {
  await openOwn(vitrine, page);
  const files = FOLDER.map((name) => ({ name, body: readFileSync(file('tiny-llama', name)).toString('base64') }));
  await page.getByTestId('drop').evaluate((target, dropped) => {
    const transfer = new DataTransfer();
    for (const { name, body } of dropped) {
      transfer.items.add(new File([Uint8Array.from(atob(body), (c) => c.charCodeAt(0))], name));
    }
    target.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, files);
  await saysSomething(vitrine, page);
});

test('what cannot run says what is missing, and the other models stay', async ({ vitrine, page }) => {
  await openOwn(vitrine, page);
  const buffer = (from) => (from.buffer ? from : { name: path.basename(from), mimeType: 'application/octet-stream', buffer: readFileSync(from) });
  const pick = (files) => page.getByTestId('pick-files').setInputFiles(files.map(buffer));
  const whole = readFileSync(file('tiny-llama', 'tiny-llama.gguf'));
  for (const [files, sentence] of [
    [[file('tiny-gpt2', 'config.json'), file('tiny-gpt2', 'model.safetensors')], 'This model has no tokenizer.json'],
    [[file('tiny-gpt2', 'config.json'), file('tiny-gpt2', 'tokenizer.json')], 'it holds no weights'],
    [[file('tiny-gpt2', 'config.json'), { name: 'pytorch_model.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(8) }], 'pickled by PyTorch'],
    [[file('tiny-gpt2', 'config.json'), file('tiny-gpt2', 'tokenizer.json'), { name: 'model.safetensors', mimeType: 'text/plain', buffer: Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n') }], 'Git LFS pointer'],
    [[{ name: 'config.json', mimeType: 'application/json', buffer: Buffer.from(readFileSync(file('tiny-llama', 'config.json'), 'utf8').replace('"rope_scaling": null', '"rope_scaling": {"rope_type": "longrope", "factor": 4}')) }, file('tiny-llama', 'tokenizer.json'), file('tiny-llama', 'model.safetensors')], 'rope_scaling.rope_type in config.json is not understood'],
    [[file('tiny-llama', 'config.json'), file('tiny-llama', 'tokenizer.json'), file('tiny-gpt2', 'model.safetensors')], 'it says llama, but the weights have transformer.wte.weight, as gpt2 has'],
    [[{ name: 'cut.gguf', mimeType: 'application/octet-stream', buffer: whole.subarray(0, 30_000) }], 'The model cannot be used'],
    [[{ name: 'page.gguf', mimeType: 'text/html', buffer: Buffer.from('<html></html>') }], 'this is no GGUF file'],
    [[{ name: 'empty.gguf', mimeType: 'application/octet-stream', buffer: Buffer.alloc(0) }], 'The model cannot be used'],
    [[{ name: 'config.json', mimeType: 'application/json', buffer: Buffer.from('{"model_type":"t5"}') }, file('tiny-gpt2', 'tokenizer.json'), file('tiny-gpt2', 'model.safetensors')], 'config.json cannot be used'],
  ]) {
    await pick(files);
    await expect(vitrine.error).toContainText(sentence);
  }
  await vitrine.modelSelect.selectOption('sentiment');
  await vitrine.explain('a great movie');
});

test('a model that was refused has a page, and what was open stays', async ({ vitrine, page }) => {
  await openOwn(vitrine, page);
  const config = JSON.parse(readFileSync(file('tiny-modernbert', 'config.json')).toString());
  const pick = (model, config) => page.getByTestId('pick-files').setInputFiles([
    { name: 'config.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(config)) },
    ...['tokenizer.json', 'model.safetensors'].map((name) => ({ name, mimeType: 'application/octet-stream', buffer: readFileSync(file(model, name)) })),
  ]);
  await pick('tiny-modernbert', { ...config, hidden_activation: 'relu6' });
  await page.getByTestId('refused').click();
  await expect(page.getByTestId('claim')).toHaveText('own model does not run here: what fell short is its configuration.');
  await expect(vitrine.error).toContainText('the activation "relu6" is not built');
  await expect(page.getByTestId('not-understood')).toContainText('hidden_activation in config.json');
  await expect(page.getByTestId('architecture')).toBeVisible();
  await expect(page.getByTestId('still-open')).toContainText('sentiment');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await vitrine.screenshot('refused-light-1440');
  await page.setViewportSize({ width: 360, height: 800 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await vitrine.screenshot('refused-360');
  await page.setViewportSize({ width: 1440, height: 1000 });
  await page.getByTestId('still-open').getByRole('link', { name: 'sentiment' }).click();
  await page.getByTestId('ask-it').click();
  await vitrine.explain('a great movie');
  // The same, mended: a page like any other, and ModernBERT answers.
  await vitrine.modelSelect.selectOption('own');
  await pick('tiny-modernbert', config);
  await expect(page.getByTestId('load-report')).toContainText('read from your disk');
  await vitrine.explain('the bad film');
  expect((await vitrine.last()).model.architecture).toBe('modernbert');
  await page.getByTestId('model-page').click();
  await expect(page.getByTestId('file')).toContainText('ModernBERT, a classifier of 2 labels');
  await vitrine.screenshot('modernbert-light-1440');
});

test('a model that breaks the engine twice is said, and the others stay', async ({ vitrine, page }) => {
  await vitrine.prependToWorker(`
    self.addEventListener('message', (event) => {
      if (event.data?.body?.load) { event.stopImmediatePropagation(); throw new Error('killed by the test'); }
    });
  `);
  await openOwn(vitrine, page);
  await page.getByTestId('pick-files').setInputFiles([file('tiny-llama', 'tiny-llama.gguf')]);
  await expect(vitrine.error).toContainText('memory ran out');
  await vitrine.modelSelect.selectOption('sentiment');
  await vitrine.explain('a great movie');
});

test.describe('a first model that cannot be had', () => {
  test.use({ allowed: [/Failed to load resource/] });

  test('is named, and hides no other', async ({ vitrine, page }) => {
    await page.context().route('**/models/sentiment/manifest.json', (route) => route.fulfill({ status: 404, body: 'not found' }));
    await vitrine.open('./?device=cpu#/lab');
    await expect(vitrine.error.first()).toContainText('manifest.json');
    await vitrine.modelSelect.selectOption('own');
    await page.getByTestId('pick-files').setInputFiles([file('tiny-llama', 'tiny-llama.gguf')]);
    await expect(vitrine.modelSelect).toHaveValue('tiny-llama');
    await saysSomething(vitrine, page);
  });
});

test.describe('from the hub', () => {
  test.use({ allowed: [/Failed to load resource/, /net::ERR/] });

  test.beforeEach(async ({ page }) => {
    // The hub's layout under our own address.
    await page.route((url) => url.pathname === '/', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace('https://huggingface.co/"', './hub/"') });
    });
    await page.context().route('**/hub/**', (route) => {
      const [, repository, name] = new URL(route.request().url()).pathname.match(/\/hub\/(.+)\/resolve\/main\/(.+)$/);
      if (repository === 'tiny/html') return route.fulfill({ body: '<html>log in</html>', contentType: 'text/html' });
      if (repository === 'tiny/offline') return route.abort();
      if (repository !== 'tiny/gpt2' || !FOLDER.includes(name)) return route.fulfill({ status: 404, body: 'not found' });
      const body = readFileSync(file('tiny-gpt2', name));
      return route.fulfill({ body, contentType: 'application/octet-stream', headers: { 'content-length': String(body.length) } });
    });
  });

  test('a model is fetched by its name', async ({ vitrine, page }) => {
    await openOwn(vitrine, page);
    await page.getByTestId('hub-id').fill('tiny/gpt2');
    await page.getByTestId('fetch-hub').click();
    await saysSomething(vitrine, page);
    expect((await vitrine.last()).model.id).toBe('tiny/gpt2');
    // It was let go as it came: to be kept it is fetched once more, beside itself.
    await page.getByTestId('model-page').click();
    await expect(page.getByTestId('keeping')).toContainText('the next visit fetches them again');
    await page.getByTestId('keep').click();
    await expect(page.getByTestId('keeping')).toContainText('They are kept in this browser');
    await expect(page.getByTestId('keep')).toBeHidden();
    await page.context().unroute('**/hub/**');
    await page.context().route('**/hub/**', (route) => route.abort());
    await page.goto('./?device=cpu#/models');
    await page.reload();
    await expect(page.getByTestId('remembered')).toContainText('tiny/gpt2from the hub');
    await page.getByTestId('open-kept').click();
    await page.getByTestId('open-models').getByRole('link', { name: 'tiny/gpt2' }).click();
    await expect(page.getByTestId('file')).toContainText('GPT-2, a model of language');
    await expect(page.getByTestId('keeping')).toContainText('They are kept in this browser');
    await page.getByRole('link', { name: 'All models' }).click();
    await expect(page.getByTestId('remembered')).toContainText('tiny/gpt2from the hub');
  });

  test('a model is kept while it is fetched, if that is said', async ({ vitrine, page }) => {
    await openOwn(vitrine, page);
    await page.getByTestId('hub-id').fill('tiny/gpt2');
    await page.getByTestId('keep-hub').check();
    await page.getByTestId('fetch-hub').click();
    await saysSomething(vitrine, page);
    await page.getByTestId('model-page').click();
    await expect(page.getByTestId('keeping')).toContainText('They are kept in this browser');
  });

  for (const [id, sentence, hasPage] of [
    ['tiny/nothing', 'This model has no config.json', true],
    ['tiny/html', 'A web page came instead of config.json', true],
    // What did not come says nothing of the model.
    ['tiny/offline', 'The download of config.json was interrupted', false],
  ]) {
    test(`${id} gets a sentence`, async ({ vitrine, page }) => {
      await openOwn(vitrine, page);
      await page.getByTestId('hub-id').fill(id);
      await page.getByTestId('hub-id').press('Enter');
      await expect(vitrine.error).toContainText(sentence);
      await expect(vitrine.error.getByRole('link')).toHaveCount(hasPage ? 1 : 0);
      await vitrine.modelSelect.selectOption('sentiment');
      await vitrine.explain('a great movie');
    });
  }
});
