import { expect, test } from '../pages/vitrine.js';

test('the first screen shows a precomputed explanation before any model is there, then confirms it', async ({ vitrine, page }) => {
  let letGo;
  const held = new Promise((resolve) => { letGo = resolve; });
  await page.context().route('**/models/sentiment/manifest.json', async (route) => {
    await held;
    await route.continue();
  });
  await vitrine.open();
  await expect(vitrine.claim).toContainText('The model reads NEGATIVE');
  await expect(vitrine.provenance).toContainText('Precomputed');
  await expect(vitrine.token).toHaveCount(8);
  await expect(vitrine.progress).toBeVisible();
  letGo();
  await vitrine.ready();
  await expect(vitrine.provenance).toHaveText(/Recomputed on your device: largest difference \d+e-\d+\./);
  await vitrine.screenshot('start-light-1440');
});

test('the page says which device runs and why', async ({ vitrine, page }) => {
  await vitrine.open();
  await vitrine.ready();
  await expect(vitrine.device).toHaveAttribute('data-device', 'cpu');
  await vitrine.device.getByText('why?').click();
  await expect(vitrine.device).toContainText('graphics adapter');
  await expect(vitrine.device).toContainText('Self-test passed');
  await expect(vitrine.device).toContainText('23.3 MB were downloaded and checked');
  await expect(page).toHaveTitle(/Vitrine/);
});

test('it works from a sub-path and asks nobody but its own server', async ({ vitrine, page, baseURL }) => {
  // A host that serves the folder under /some/where/: the same files, another prefix.
  await page.context().route(`${baseURL}some/where/**`, async (route) => {
    const url = route.request().url().replace('some/where/', '');
    await route.fulfill({ response: await route.fetch({ url }) });
  });
  await vitrine.open('./some/where/');
  await vitrine.ready();
  await expect(vitrine.provenance).toContainText('Recomputed');
});
