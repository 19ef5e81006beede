import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

const SENTENCE = 'the plot is dull but funny';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

for (const scheme of ['light', 'dark']) {
  test(`axe finds nothing, ${scheme}`, async ({ vitrine, page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await vitrine.openLab();
    expect(await violations(page)).toEqual([]);
    await vitrine.explain(SENTENCE);
    expect(await violations(page)).toEqual([]);
    await vitrine.screenshot(`lab-${scheme}-1440`);
    const closed = page.getByRole('button', { name: /Show as table/ });
    for (let left = await closed.count(); left > 0; left -= 1) await closed.first().click();
    await vitrine.device.getByText('why?').click();
    expect(await violations(page)).toEqual([]);
    await vitrine.screenshot(`lab-tables-${scheme}`);
  });

  test(`nothing runs over the edge of a phone, ${scheme}`, async ({ vitrine, page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
    await vitrine.openLab();
    await vitrine.explain(SENTENCE);
    expect(await wide()).toBeLessThanOrEqual(360);
    expect(await violations(page)).toEqual([]);
    await vitrine.screenshot(`lab-${scheme}-360`);
  });
}

for (const scheme of ['light', 'dark']) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing on the language workbench, ${scheme}, ${width}`, async ({ vitrine, page }) => {
      await page.setViewportSize({ width, height: 1000 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await vitrine.openLab('./?device=cpu#/lab');
      await vitrine.modelSelect.selectOption('smollm2-135m');
      await expect(page.getByTestId('offer')).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await vitrine.modelSelect.selectOption('own');
      await expect(page.getByTestId('own-model')).toBeVisible();
      expect(await violations(page)).toEqual([]);
      // The panels are the same for any model of language; a tiny one draws them at once.
      await vitrine.openOwn('tiny-llama', ['tiny-llama.gguf']);
      await vitrine.textInput.fill('the bad film');
      await vitrine.run.click();
      await expect(vitrine.claim).toBeVisible();
      expect(await violations(page)).toEqual([]);
      for (const [panel, there] of [['Attention', 'attention-lines'], ['Residual stream', 'stream']]) {
        await vitrine.panel(panel);
        await expect(page.getByTestId(there)).toBeVisible();
        expect(await violations(page)).toEqual([]);
        await page.getByRole('button', { name: /Show as table.*(Where|The residual)/ }).click();
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
    });
  }
}

test('the main job can be done with the keyboard alone', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  await vitrine.textInput.focus();
  await page.keyboard.type(SENTENCE);
  await page.keyboard.press('Enter');
  await vitrine.settled(SENTENCE);
  // What the tokenizer adds is not shown, and passed over.
  await expect(vitrine.token.first()).toBeHidden();
  await vitrine.token.nth(1).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(vitrine.token.nth(1)).toBeFocused();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowRight');
  await expect(vitrine.selected).toContainText('“dull”');
  await page.keyboard.press('Enter');
  await expect(vitrine.token.nth(4)).toHaveAttribute('aria-pressed', 'true');
  await vitrine.scrubber.focus();
  await page.keyboard.press('Home');
  await expect(vitrine.river).toHaveAttribute('data-alpha', '0.0000');
});
