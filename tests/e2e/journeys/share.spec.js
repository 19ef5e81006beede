import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

const SENTENCE = 'the plot is dull but funny';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

test('an explanation is sent as a link, read without a model, and recomputed', async ({ vitrine, page, context, browser }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  const explained = await vitrine.explain(SENTENCE);
  await page.getByTestId('take').click();
  await page.getByTestId('copy-link').click();
  await expect(page.getByTestId('copy-link')).toContainText('Copied, 0.');
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(address).toMatch(/#\/x\/v1\./);
  expect(address.length).toBeLessThan(700);

  // Who has nothing of the model.
  const fresh = await browser.newContext({ reducedMotion: 'reduce' });
  const reader = await fresh.newPage();
  const asked = [];
  reader.on('request', (request) => asked.push(request.url()));
  await reader.goto(address);
  const status = reader.getByTestId('status');
  await expect(status).toHaveAttribute('data-state', 'sent');
  await expect(reader.getByTestId('claim')).toContainText('“dull” decided it');
  // Nothing of a model or its engine was fetched.
  expect(asked.filter((url) => /worker|models/.test(url))).toEqual([]);
  const dull = reader.locator('[data-testid=token][data-token=dull]');
  expect(Math.abs(Number(await dull.getAttribute('data-score')) - explained.scores[4])).toBeLessThan(1e-5);
  expect(await violations(reader)).toEqual([]);
  await reader.screenshot({ path: 'screenshots/shared.png', fullPage: true });
  await reader.setViewportSize({ width: 360, height: 740 });
  expect(await reader.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await reader.getByTestId('check').click();
  await expect(status).toHaveAttribute('data-state', 'agrees', { timeout: 60_000 });
  await expect(status).toContainText('Recomputed on your device: largest difference');
  await reader.getByTestId('open-lab').click();
  await expect(reader.getByTestId('text-input')).toHaveValue(SENTENCE);
  // Where it is kept by now, the link is checked by itself.
  await reader.goto('about:blank');
  await reader.goto(address);
  await expect(status).toHaveAttribute('data-state', 'agrees', { timeout: 60_000 });

  // What was cut off, or is of another version, is said.
  await reader.goto(address.slice(0, -9));
  await expect(reader.getByTestId('error')).toContainText('damaged on the way');
  await reader.goto(address.replace('/v1.', '/v9.'));
  await expect(reader.getByTestId('error')).toContainText('version v9');
});
