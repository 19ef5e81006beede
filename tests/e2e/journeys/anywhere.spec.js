import path from 'node:path';
import { pathToFileURL } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, root, Vitrine } from '../pages/vitrine.js';
import { test } from '../pages/host.js';

const WORDS = 'the bad film';
const REDUCED = { reducedMotion: 'reduce' };

async function accessible(page) {
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
}

/** Screenshots, wide and on a phone, where nothing may run over the edge. */
async function look(vitrine, page, name) {
  await vitrine.screenshot(`${name}-light-1440`);
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await vitrine.screenshot(`${name}-light-360`);
}

test.describe('at a plain http:// address, in a folder of the host', () => {
  test.use({ host: { name: 'vitrine.test', prefix: '/some/where/' } });

  test('the page runs, and says that nothing is kept', async ({ vitrine, page }) => {
    await page.emulateMedia(REDUCED);
    const [, device, load] = await vitrine.openLab();
    expect(await page.evaluate(() => [isSecureContext, typeof caches, typeof navigator.serviceWorker, typeof navigator.clipboard, typeof crypto.subtle])).toEqual([false, ...Array(4).fill('undefined')]);
    expect(device.device).toBe('cpu');
    expect(load).toMatchObject({ stored: false, not_kept: 'address', kept_bytes: 0, checked: true });
    await vitrine.explain(WORDS);
    await expect(vitrine.device).toContainText('nothing is kept on this device');
    await vitrine.device.getByText('why?').click();
    await expect(vitrine.device).toContainText('only for https addresses and localhost');
    await accessible(page);
    await look(vitrine, page, 'plain-http');
    // On a phone what can be chosen is one press away.
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await vitrine.modelSelect.selectOption('smollm2-135m');
    await expect(page.getByTestId('offer')).toContainText('not kept: the next visit downloads it again');
    await vitrine.openLab('./?device=cpu#/lab');
    await vitrine.explain(WORDS);
  });
});

test.describe('storage', () => {
  for (const [how, script] of [
    ['throws', `CacheStorage.prototype.open = () => { throw new DOMException('denied', 'SecurityError'); };`],
    ['rejects', `CacheStorage.prototype.open = async () => { throw new DOMException('denied', 'SecurityError'); };`],
    ['is forbidden to be looked at', `Object.defineProperty(self, 'caches', { get() { throw new DOMException('denied', 'SecurityError'); } });`],
  ]) {
    test(`that ${how} is done without`, async ({ vitrine, page }) => {
      await page.addInitScript(() => Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } }));
      await vitrine.prependToWorker(script);
      const [, , load] = await vitrine.openLab('./?device=cpu#/lab');
      expect(load).toMatchObject({ stored: false, not_kept: 'denied' });
      await expect(page.getByTestId('not-kept')).toHaveText('nothing is kept on this device');
      await page.getByRole('button', { name: /dark|light|theme/i }).click();
      await vitrine.explain(WORDS);
    });
  }

  test('that is full in the middle of a download keeps what it has', async ({ vitrine, page }) => {
    await vitrine.prependToWorker(`
      const put = Cache.prototype.put;
      Cache.prototype.put = async function (key, response) {
        if (String(key).includes('model.safetensors')) throw new DOMException('full', 'QuotaExceededError');
        return put.call(this, key, response);
      };
    `);
    const [, , first] = await vitrine.openLab('./?device=cpu#/lab');
    expect(first).toMatchObject({ stored: false, not_kept: 'full' });
    expect(first.kept_bytes).toBeGreaterThan(0);
    await expect(page.getByTestId('not-kept')).toHaveText('not everything is kept on this device');
    await page.reload();
    const [, , second] = await vitrine.ready();
    expect(second.cached_bytes).toBe(first.kept_bytes);
    await vitrine.explain(WORDS);
  });

  test('of a private window lasts as long as the window', async ({ vitrine, page, browser, baseURL }) => {
    await vitrine.openLab('./?device=cpu#/lab');
    await page.reload();
    const [, , again] = await vitrine.ready();
    expect(again.fetched_bytes).toBe(0);
    // Each context of the test browser is a private window.
    const context = await browser.newContext({ baseURL });
    const other = new Vitrine(await context.newPage());
    const [, , load] = await other.openLab('./?device=cpu#/lab');
    expect(load).toMatchObject({ cached_bytes: 0, stored: true });
    await other.explain(WORDS);
    await context.close();
  });
});

test('opened as a file, it says what to do', async ({ page }) => {
  const vitrine = new Vitrine(page);
  await page.goto(pathToFileURL(path.join(root, 'dist/index.html')).href);
  await expect(page.getByText('serve the folder that it lies in')).toBeVisible();
  await accessible(page);
  await look(vitrine, page, 'file');
});

for (const [what, host] of [
  ['calls a module bytes', { types: { wasm: 'application/octet-stream' }, nosniff: true }],
  ['calls a module and JSON text', { types: { wasm: 'text/plain', json: 'text/plain' } }],
  ['calls JSON a page', { types: { json: 'text/html' } }],
  ['packs what it sends', { gzip: true }],
  ['packs and does not say how long it is', { gzip: true, lengths: false }],
  ['does not say how long anything is', { lengths: false }],
  ['answers with a page for what it does not have', { page: true }],
]) {
  test.describe(`a host that ${what}`, () => {
    test.use({ host: { ...host, hold: /^hub.*\.safetensors$/ } });

    test('runs the page, and a model from a hub of the kind', async ({ vitrine, page, server }) => {
      await page.emulateMedia(REDUCED);
      const [, , load] = await vitrine.openLab('./?device=cpu#/lab');
      expect(load).toMatchObject({ stored: true, not_kept: null });
      await vitrine.modelSelect.selectOption('own');
      await page.getByTestId('hub-id').fill('tiny/gpt2');
      await page.getByTestId('fetch-hub').click();
      const progress = page.getByTestId('model-progress');
      if (host.gzip || host.lengths === false) {
        await expect(progress).toContainText('MB so far');
        await expect(progress).toHaveAttribute('data-total', '0');
        await expect(progress.getByRole('progressbar')).not.toHaveAttribute('value');
        await accessible(page);
        if (!host.gzip) await look(vitrine, page, 'no-length');
      } else {
        await expect(progress.getByRole('progressbar')).toHaveAttribute('value');
        await expect(progress).toContainText(/ of \d+\.\d MB/);
      }
      server.letGo();
      await expect(vitrine.modelSelect).toHaveValue('tiny/gpt2');
      await vitrine.textInput.fill('the film');
      await vitrine.run.click();
      await expect(vitrine.claim).toContainText('as the next token');
    });
  });
}

for (const [lost, sentence] of [
  ['manifest.json', 'manifest.json cannot be used: a web page came instead of it'],
  ['sentiment/model.safetensors', 'model.safetensors cannot be used: a web page came instead of it'],
  ['worker_fused_bg.wasm', 'worker_fused_bg.wasm cannot be used: a web page came instead of it'],
  ['/worker.js', 'worker.js cannot be used: a web page came instead of it'],
  ['lab_bg.wasm', 'a part of it is missing where it is hosted'],
]) {
  test.describe(`a page in the place of ${lost}`, () => {
    test.use({ host: { page: true, lost } });

    test('is named', async ({ page }) => {
      await page.goto('./?device=cpu#/lab');
      await expect(page.getByText(sentence)).toBeVisible();
    });
  });
}

test.describe('a newer version', () => {
  test.use({ serviceWorkers: 'allow' });

  test('waits until no tab has the one before, and says so', async ({ vitrine, page, context, server }) => {
    await page.goto('./#/settings');
    const said = (tab) => tab.getByTestId('offline');
    await expect(said(page)).toContainText('opens without a network too');
    server.deploy((name, body) => {
      if (name === 'sw.js') return Buffer.from(body.toString().replace(/const VERSION = '[^']*'/, "const VERSION = 'next'"));
      return name === 'index.html' ? Buffer.from(body.toString().replace('<title>', '<title>Next: ')) : body;
    });
    // Both tabs are of one version, whichever is opened when, and both work.
    const second = await context.newPage();
    await second.goto('./#/settings');
    for (const tab of [page, second]) {
      await expect(said(tab)).toContainText('A newer version of this page is here; it opens next time');
      await expect(tab).not.toHaveTitle(/^Next/);
    }
    await second.goto('./#/methods');
    await expect(second.getByTestId('claim')).toBeVisible();
    // One after the other is closed; then it is there, alone.
    const third = await context.newPage();
    await page.close();
    await second.close();
    // A browser takes a moment to see that a tab is gone.
    await expect.poll(async () => {
      await third.goto('about:blank');
      await third.goto('./#/settings');
      return third.title();
    }).toMatch(/^Next/);
    await expect(said(third)).toContainText('opens without a network too');
    const stores = await third.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('vitrine-page-')));
    expect(stores).toEqual(['vitrine-page-next']);
  });
});
