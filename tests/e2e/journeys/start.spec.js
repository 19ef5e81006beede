import { expect, test } from '../pages/vitrine.js';

test('the page says which device runs and why', async ({ vitrine, page }) => {
  await vitrine.openLab();
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
  await page.getByTestId('ask-why').click();
  await vitrine.ready();
  await expect(page.getByTestId('figure').first().getByTestId('provenance')).toContainText('Recomputed');
});

test('a window that somebody named like a helper starts by itself', async ({ vitrine, page }) => {
  await page.addInitScript(() => { window.name = 'helper'; });
  await vitrine.open('./#/methods');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('main.not-started')).toHaveCount(0);
});
