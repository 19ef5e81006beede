// Each main task by keyboard alone: after the address nothing is clicked, filled in or focused by a script.
import { expect, test } from '../pages/vitrine.js';

const SENTENCE = 'the plot is dull but funny';

/** Presses Tab until the focus is on something that matches; nothing on the way holds it. */
async function reach(page, selector) {
  for (let presses = 0; presses < 90; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  throw new Error(`no Tab leads to ${selector}`);
}

const id = (name) => `[data-testid=${name}]`;

/** Asks about a text in the Lab and opens the panel so many tabs to the right. */
async function ask(page, vitrine, text, tabs) {
  await reach(page, id('text-input'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
  await page.waitForFunction((wanted) => window.__vitrine.last?.input.text.includes(wanted), text);
  await expect(vitrine.stop).toBeDisabled();
  await reach(page, '[role=tab]');
  for (let i = 0; i < tabs; i += 1) await page.keyboard.press('ArrowRight');
}

test.beforeEach(async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

test('methods are compared, a word is taken out, and another text stands beside it', async ({ page, vitrine }) => {
  await vitrine.openLab();
  await ask(page, vitrine, SENTENCE, 1);
  await expect(page.getByTestId('compare-claim')).toBeVisible();
  await expect(vitrine.stop).toBeDisabled();
  // A word of the figure is walked to and taken out.
  await reach(page, '[data-testid=compare] svg');
  for (let i = 0; i < 4; i += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('settled')).toBeVisible();
  await expect(vitrine.stop).toBeDisabled();
  await expect(page.getByTestId('settled-said')).toContainText('“');
  await reach(page, id('put-back'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('settled')).toHaveCount(0);
  await reach(page, id('compare-show'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('compare-show')).toHaveValue('ranks');
  await reach(page, id('compare-text'));
  await page.keyboard.type(SENTENCE.replace('dull', 'bad'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('compare-beside')).toBeVisible();
});

test('a table is probed, a layer is read and what it reads is taken out', async ({ page, vitrine }) => {
  await vitrine.openLab();
  await ask(page, vitrine, SENTENCE, 5);
  await reach(page, id('table-select'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('table-select')).toHaveValue('tense');
  await reach(page, id('probe-run'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('probes')).toHaveAttribute('data-layers', '7');
  await expect(vitrine.stop).toBeDisabled();
  await reach(page, '[data-testid=probes] svg');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('probes-said')).toContainText('ayer 0');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('probes-said')).toContainText('ayer 1');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('used')).toBeVisible();
  expect(page.url()).toContain('layer=1');
  await reach(page, id('probe-select'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('probe-select')).toHaveValue('shallow');
});

test('a chain is written, a step of it is replaced, and chains vote', async ({ page, vitrine }) => {
  await vitrine.openLab('./?device=cpu#/lab');
  await reach(page, id('model-select'));
  await page.keyboard.press('ArrowDown');
  await expect(vitrine.modelSelect).toHaveValue('smollm2-135m');
  await reach(page, id('fetch-model'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('load-report')).toBeVisible({ timeout: 120_000 });
  await ask(page, vitrine, 'x = 3. y = x + 5. z = y + 6. What is z?', 0);
  await page.keyboard.press('End');
  const claim = page.getByTestId('reasoning-claim');
  await expect(claim).toBeVisible({ timeout: 120_000 });
  await expect(vitrine.stop).toBeDisabled();
  await reach(page, id('step-select'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('step-text')).toHaveValue(/8\.$/);
  await reach(page, id('step-text'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('y = 3 + 5 = 11.');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.__vitrine.last?.recipe?.ask.inject?.startsWith('2='));
  await expect(vitrine.stop).toBeDisabled();
  expect((await vitrine.last()).answer).toBe('17');
  // Writing on can begin where it was left.
  await expect(page.getByTestId('step-text')).toBeFocused();
  await reach(page, id('put-back'));
  await page.keyboard.press('Enter');
  await expect(page).not.toHaveURL(/inject/);
  await reach(page, id('samples-select'));
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => window.__vitrine.last?.schema === 'vitrine.vote/1');
  await expect(vitrine.stop).toBeDisabled();
  await expect(page.getByTestId('braid')).toBeVisible();
});

test('a question leads to a method, which is measured, read about and tried', async ({ page, vitrine }) => {
  await vitrine.useTinyModel();
  await page.goto('./?device=cpu#/methods');
  await expect(vitrine.claim).toBeVisible();
  await reach(page, `${id('question')}[aria-pressed=false]`);
  await page.keyboard.press('Space');
  await expect(page.getByTestId('question').nth(1)).toHaveAttribute('aria-pressed', 'true');
  await reach(page, id('question'));
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('question').first()).toHaveAttribute('aria-pressed', 'true');
  await reach(page, id('methods-text'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('the bad film');
  await reach(page, id('measure-one'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('method-time').first()).toBeVisible();
  await reach(page, '.methods__sort');
  await page.keyboard.press('Enter');
  await expect(page.locator('[aria-sort=descending]')).toHaveCount(1);
  await reach(page, '.methods__name');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('method-open')).toBeVisible();
  await reach(page, id('try-it'));
  await page.keyboard.press('Enter');
  await expect(vitrine.textInput).toHaveValue('the bad film');
  // Another question from the list below takes its place above; the focus is not lost.
  await page.goto('./?device=cpu#/methods');
  await reach(page, '.methods__others button');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('question').nth(1)).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('question').nth(1)).toBeFocused();
});
