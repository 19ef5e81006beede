import AxeBuilder from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, root, test } from '../pages/vitrine.js';

const PAYLOAD = readFileSync(path.join(root, 'docs/embedding/payload.txt'), 'utf8').trim();
// Every route, and what is there once it can be read.
const ROUTES = [
  ['./#/', '[data-testid=ask-why]'],
  ['./#/methods', '[data-testid=claim]'],
  [`./#/x/${PAYLOAD}`, '[data-token=dull]'],
  ['./#/settings', 'select'],
  ['./#/models', 'h1'],
  ['./#/lab', '[data-testid=text-input]'],
  ['./#/nowhere', '[data-testid=error]'],
  [`./embed.html#/${PAYLOAD}`, '[data-token=dull]'],
];

const SENTENCE = 'the plot is dull but funny';

async function violations(page) {
  // Its usual rules, and what is pressed is 24 pixels wide and high or stands apart.
  const { violations: found } = await new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } }).analyze();
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

for (const [address, there] of ROUTES) {
  const name = address.replace(PAYLOAD, '…');
  test(`${name} is read at 320 pixels, at 200 %, light, dark, in forced colours and at rest`, async ({ vitrine, page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(address);
    await expect(page.locator(there).first()).toBeVisible();
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
    // A window of 1,440 pixels at 200 % has 720 of them, at 450 % 320.
    for (const width of [720, 320]) {
      await page.setViewportSize({ width, height: 600 });
      await expect.poll(wide).toBeLessThanOrEqual(width);
      // Whatever is pressed is 24 pixels large, or has as much room around it.
      const { violations: small } = await new AxeBuilder({ page }).withRules(['target-size']).analyze();
      expect(small.flatMap(({ nodes }) => nodes.map((node) => node.html))).toEqual([]);
    }
    // Nothing moves by itself.
    expect(await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length)).toBe(0);
    for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { forcedColors: 'active' }]) {
      await page.emulateMedia({ reducedMotion: 'reduce', ...look });
      expect(await violations(page)).toEqual([]);
    }
    // The focus is seen where shadows and backgrounds are taken away.
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2; });
    expect(seen).toBe(true);
  });
}
