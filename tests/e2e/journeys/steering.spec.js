import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

test('a text is pushed while it is written, and farther until it falls apart', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openOwn('tiny-llama', ['tiny-llama.gguf']);
  await vitrine.explain('the bad film');
  await vitrine.panel('Steering');
  // Without a direction nothing is run.
  await expect(page.getByTestId('steer-example')).toBeVisible();
  await expect(page.getByTestId('steering')).toHaveCount(0);
  await page.getByTestId('steer-away').fill('the bad');
  await page.getByTestId('steer-toward').fill('the good');
  await page.getByTestId('steer').click();
  const claim = page.getByTestId('steering-claim');
  await expect(claim).toContainText('from “the bad” to “the good”, 1.00 times,');
  await page.getByTestId('steer-strength').fill('16');
  await expect(claim).toContainText('16.0 times');
  await expect(vitrine.stop).toBeDisabled();
  const found = await vitrine.last();
  expect(found.recipe.ask).toMatchObject({ id: 'steer', away: 'the bad', toward: 'the good', strength: 16 });
  expect(found.top).toHaveLength(8);
  await expect(page.getByTestId('steered')).toContainText(found.text.trim());
  await expect(page.getByTestId('unsteered')).toContainText(found.without.trim());
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('steering-light-1440');
  await page.getByTestId('steer-until').click();
  await expect(page.getByTestId('steering-limit')).toContainText(/falls apart at|does not fall apart up to 32/);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await vitrine.screenshot('steering-dark-360');
});
