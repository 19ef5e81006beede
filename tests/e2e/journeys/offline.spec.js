import { expect, test } from '../pages/vitrine.js';

test.use({ serviceWorkers: 'allow' });

test.describe('without a network', () => {
  // What the browser says of a request that cannot be made.
  test.use({ allowed: [/net::ERR_INTERNET_DISCONNECTED/] });

  test('the page opens, and the model that was used answers', async ({ page, context, vitrine }) => {
    await vitrine.openLab('./?device=cpu#/lab');
    await vitrine.explain('the plot is dull but funny');
    await expect(page.getByTestId('offline')).toContainText('opens without a network too');
    // What is kept is there before the network goes.
    await expect.poll(() => page.evaluate(async () => {
      const stores = (await caches.keys()).filter((name) => name.startsWith('vitrine-page-'));
      const kept = await Promise.all(stores.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
      return ['lab_bg.wasm', 'reader_bg.wasm', 'worker_bg.wasm', 'manifest.json'].every((file) => kept.flat().some((url) => url.endsWith(file)));
    })).toBe(true);
    await context.setOffline(true);
    await page.reload();
    await vitrine.ready();
    await vitrine.explain('the plot is dull but funny');
    await page.goto('./?device=cpu#/methods');
    await expect(page.getByTestId('claim')).toBeVisible();
  });
});

test('a host can switch it off', async ({ page, context, vitrine }) => {
  await page.goto('./#/methods');
  await expect(page.getByTestId('offline')).toContainText('opens without a network too');
  await context.route('**/offline.txt', (route) => route.fulfill({ body: 'off\n', contentType: 'text/plain' }));
  await page.reload();
  // The browser may write what it compiled beside a file that was just taken away, and makes an empty store for it; nothing is kept.
  await expect.poll(() => page.evaluate(async () => {
    const stores = (await caches.keys()).filter((name) => name.startsWith('vitrine-page-'));
    const kept = await Promise.all(stores.map(async (name) => (await (await caches.open(name)).keys()).length));
    return [(await navigator.serviceWorker.getRegistrations()).length, kept.reduce((sum, n) => sum + n, 0)];
  })).toEqual([0, 0]);
  await page.reload();
  await expect.poll(() => page.evaluate(async () => [
    (await navigator.serviceWorker.getRegistrations()).length,
    (await caches.keys()).filter((name) => name.startsWith('vitrine-page-')).length,
  ])).toEqual([0, 0]);
  await expect(page.getByTestId('offline')).toBeEmpty();
});
