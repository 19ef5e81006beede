import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

test('settings last on this device, and nothing is started by them', async ({ vitrine, page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await vitrine.open('./#/settings');
  const root = page.locator('html');
  await page.getByTestId('setting-theme').selectOption('dark');
  await expect(root).toHaveAttribute('data-theme', 'dark');
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: 'screenshots/settings-dark.png', fullPage: true });
  await page.getByTestId('setting-theme').selectOption('light');
  await page.getByTestId('setting-motion').selectOption('reduced');
  await page.getByTestId('setting-device').selectOption('cpu');
  await page.getByTestId('setting-crew').selectOption('0');
  await page.getByTestId('setting-view').selectOption('words');
  await expect(page.getByTestId('settings-kept')).toContainText('are kept in this browser');
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: 'screenshots/settings-360.png', fullPage: true });
  expect(asked.filter((url) => /worker|models\//.test(url))).toEqual([]);

  // The next visit has them: the device without a word in the address.
  await page.setViewportSize({ width: 1440, height: 1000 });
  await vitrine.useTinyModel();
  await page.reload();
  await expect(root).toHaveAttribute('data-motion', 'reduced');
  await expect(page.getByTestId('setting-theme')).toHaveValue('light');
  const [, report] = await vitrine.openLab();
  expect(report.device).toBe('cpu');
  await vitrine.explain('the plot is dull but funny');
  await expect(vitrine.mergeWords).toBeChecked();
  await vitrine.device.locator('summary').click();
  await expect(vitrine.device).toContainText('It works alone, on one core.');
  await page.goto('./#/settings');
  await page.getByTestId('setting-theme').selectOption('');
  await expect(root).not.toHaveAttribute('data-theme', /./);
});

test('without storage settings hold until the page is closed', async ({ vitrine, page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });
    Object.defineProperty(window, 'caches', { get() { throw new DOMException('denied', 'SecurityError'); } });
  });
  await vitrine.open('./#/settings');
  await page.getByTestId('setting-theme').selectOption('dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByTestId('settings-kept')).toContainText('lasts until the page is closed');
  await page.goto('./#/models');
  await expect(page.getByTestId('nothing-stored')).toContainText('forbid it');
});

test('stored models are listed with their sizes and removed, ten seconds later', async ({ vitrine, page }) => {
  await vitrine.open('./#/models');
  await expect(page.getByTestId('nothing-stored')).toContainText('None yet');
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await page.clock.install();
  await page.goto('./?device=cpu#/models');
  const row = page.getByTestId('stored');
  await expect(row).toHaveAttribute('data-model', 'sentiment');
  await expect(row).toContainText(/\d kB, opens without a network/);
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: 'screenshots/models.png', fullPage: true });
  const kept = () => page.evaluate(async () => (await (await caches.open('vitrine-weights-v1')).keys()).length);
  const before = await kept();
  expect(before).toBeGreaterThan(0);
  const button = row.getByTestId('remove');
  await button.press('Enter');
  await expect(button).toHaveText(/Undo/);
  await page.clock.fastForward(9000);
  await button.press('Enter');
  await expect(row).toContainText('opens without a network');
  await button.press('Enter');
  // The first removal was taken back, and hastens nothing.
  await page.clock.fastForward(5000);
  await expect(button).toHaveText(/Undo/);
  expect(await kept()).toBe(before);
  await page.clock.fastForward(6000);
  await expect(row).toContainText('Removed');
  await expect.poll(kept).toBe(0);
  await page.goto('./#/lab');
  await page.goto('./#/models');
  await expect(page.getByTestId('nothing-stored')).toBeVisible();
});
