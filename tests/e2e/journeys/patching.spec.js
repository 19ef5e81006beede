import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

const A = 'the plot is dull but funny';
const B = 'the plot is sharp but funny';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** Asks about A, opens the panel and sets B beside it. */
async function both(vitrine, page, a, b) {
  await vitrine.textInput.fill(a);
  await vitrine.run.click();
  await expect(vitrine.stop).toBeDisabled();
  await vitrine.panel('Patching');
  await page.getByTestId('text-b').fill(b);
  await page.getByTestId('compare-pair').click();
}

const patching = (page) => page.evaluate(() => window.__vitrine.findings.find((found) => found.schema === 'vitrine.patch/1'));

test('one word changed: the map, its largest cells, one of them clicked, all of them', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  await vitrine.textInput.fill(A);
  await vitrine.run.click();
  await vitrine.panel('Patching');
  // The first text is to be changed, and nothing is run before it is.
  await expect(page.getByTestId('text-b')).toHaveValue(A);
  await expect(page.getByTestId('patching')).toHaveCount(0);
  await expect(page.getByTestId('stopped')).toHaveCount(0);
  await page.getByTestId('text-b').fill(B);
  await page.getByTestId('text-b').press('Enter');
  const panel = page.getByTestId('patching');
  await expect(panel).toHaveAttribute('data-run', '20');
  await expect(page.getByTestId('patching-claim')).toContainText('By estimate');
  expect(page.url()).toContain('ask=patch');
  expect(page.url()).not.toContain('&text=');
  // The keys walk the map, and Enter runs the cell.
  await panel.locator('svg').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('End');
  const said = page.getByTestId('patching-said').first();
  await expect(said).toContainText('ayer 5');
  await page.keyboard.press('Home');
  await expect(said).toContainText('ayer 0');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('cell-note')).toHaveAttribute('data-cell', /^0:\d+$/);
  await expect(page.getByTestId('cell-way')).toContainText('of the way');
  await expect(page.getByTestId('cell-note').getByRole('figure', { name: 'Before and after' })).toBeVisible();
  await expect(page).toHaveURL(/at=0:\d+|at=0%3A\d+/);
  // The heads stand beside the words; with Shift a second cell stands beside the first.
  await expect(page.locator('.maps__map')).toHaveCount(2);
  await expect(page.getByTestId('pair-says')).toHaveCount(2);
  await page.locator('.maps__map--heads [data-part^="cell"]').first().click({ modifiers: ['Shift'] });
  await expect(page.getByTestId('cell-way')).toHaveCount(2);
  for (const way of await page.getByTestId('cell-way').all()) await expect(way).toContainText('of the way');
  await expect(page.getByTestId('cell-note')).toHaveAttribute('data-cell', /^0:\d+$/);
  // All of it: the claim then rests on runs alone.
  await page.getByTestId('run-all').click();
  await expect(page.getByTestId('run-all')).toHaveCount(0);
  await expect(page.getByTestId('patching-claim')).not.toContainText('By estimate');
  await expect(page.getByTestId('agreement')).toContainText('correlate at');
  for (const line of await page.getByTestId('map-trust').locator('li').all()) await expect(line).toHaveAttribute('data-verdict', 'pass');
  // Of the largest, what goes by way of what is run at a press.
  await page.getByTestId('join').click();
  await expect(page.getByTestId('joined')).toContainText('What goes by way of what');
  await vitrine.screenshot('patching-classifier');
  // The difference is carried up step by step.
  const filled = () => panel.locator('[data-part^="cell"] rect, [data-part^="cell"] circle').count();
  const whole = await filled();
  await panel.getByTestId('scrubber').first().fill('0.5');
  expect(await filled()).toBeLessThan(whole);
});

const TINY_A = 'the bad film bad the film bad';
const TINY_B = 'the old film bad the film bad';

/** Both answers, the map and its sentence, of two texts. */
async function against(vitrine, page, a, b) {
  await expect(page.getByRole('tab', { name: 'Patching', exact: true })).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByTestId('text-a')).toHaveText(a);
  await expect(page.getByTestId('text-b')).toHaveValue(b);
  await expect(page.getByTestId('pair-says')).toHaveCount(2);
  await expect(page.getByTestId('patching-claim')).toContainText(/[a-z]/);
  await expect(page.getByRole('figure', { name: 'Where it is: layers × words' })).toBeVisible();
  // What was asked about is still the question.
  await expect(vitrine.textInput).toHaveValue(a);
  await expect(vitrine.stop).toBeDisabled();
}

test('a word is changed wherever a sentence is looked at, and what that moved is shown', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.explain(TINY_A);
  await expect(page.getByTestId('against')).toHaveCount(0);
  // Where a word is locked, another in its place.
  const selected = (name) => expect(page.getByRole('tab', { name, exact: true })).toHaveAttribute('aria-selected', 'true');
  await vitrine.token.and(page.locator('[data-token="bad"]')).first().click();
  await page.getByTestId('another').click();
  await page.getByTestId('another-word').fill('old');
  await page.getByTestId('another-against').click();
  await against(vitrine, page, TINY_A, TINY_B);
  await page.goBack();
  await selected('Attribution');
  await page.goForward();
  await against(vitrine, page, TINY_A, TINY_B);
  // In every panel the question itself, with the keys, in a narrow window too.
  await page.setViewportSize({ width: 360, height: 740 });
  for (const name of ['Compare', 'Attention', 'Residual stream', 'Probes', 'Patching']) {
    await vitrine.panel(name);
    await vitrine.textInput.fill(TINY_B);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.getByTestId('against').press('Enter');
    await against(vitrine, page, TINY_A, TINY_B);
  }
  await vitrine.textInput.fill(TINY_B);
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('patching-against-360');
});

test('of a model of language too', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openOwn('tiny-llama', ['tiny-llama.gguf']);
  await vitrine.explain(TINY_A);
  await vitrine.panel('Residual stream');
  await expect(page.getByTestId('stream')).toBeVisible();
  await vitrine.textInput.fill(TINY_B);
  await page.getByTestId('against').click();
  await against(vitrine, page, TINY_A, TINY_B);
});

test('a dot grows into its square, and blinks where it was far off', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await both(vitrine, page, TINY_A, TINY_B);
  const panel = page.getByTestId('patching');
  await expect(panel).toHaveAttribute('data-run', /^[1-9]/);
  await expect(vitrine.stop).toBeDisabled();
  // The node of a dot stays and becomes the square, so that it can be seen to grow.
  const cells = page.locator('.maps [data-part^="cell"]');
  const dot = () => cells.locator('rect[rx]').first();
  const at = await dot().evaluate((rect) => rect.closest('[data-part]').dataset.part);
  const node = await page.locator(`.maps [data-part="${at}"] > rect:last-of-type`).first().elementHandle();
  expect(await node.evaluate((rect) => getComputedStyle(rect).transitionDuration)).toContain('0.4s');
  for (const all of await page.getByTestId(/^run-all/).all()) await all.click();
  await expect(cells.locator('rect[rx]')).toHaveCount(0);
  expect(await node.evaluate((rect) => rect.isConnected)).toBe(true);
  // As many blink as the notes count, of those that were run now.
  const off = (await page.getByTestId(/^agreement/).allTextContents()).map((said) => Number(/; (\d+) of/.exec(said)[1]));
  expect(await page.locator('.maps .is-blinking').count()).toBeLessThanOrEqual(off.reduce((a, b) => a + b));
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await node.evaluate((rect) => getComputedStyle(rect).transitionDuration)).toMatch(/^(0s(, )?)+$/);
});

test('what takes long and much memory says so first, and waits', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await page.getByTestId('model-select').selectOption('smollm2-135m');
  await page.getByTestId('fetch-model').click();
  await expect(page.getByTestId('load-report')).toBeVisible();
  const a = `When Mary and John went to the store, ${'the old man and the sea '.repeat(24)}and John gave a bottle to`;
  const b = a.replace('Mary', 'Anna');
  await page.getByTestId('text-input').fill(a);
  await vitrine.run.click();
  await expect(page.getByTestId('says')).toBeVisible();
  await vitrine.panel('Patching');
  await page.getByTestId('text-b').fill(b);
  await page.getByTestId('compare-pair').click();
  await expect(page.getByTestId('run-it')).toHaveText(/^Run, about [\d.]+ (s|min) and [23]\d\d MB of memory$/);
  await expect(page.getByTestId('patching')).toHaveCount(0);
  await expect(vitrine.stop).toBeDisabled();
  // It is run at a press, and can be stopped at any moment.
  await page.getByTestId('run-it').click();
  await expect(vitrine.stop).toBeEnabled();
  await vitrine.stop.click();
  await expect(page.getByTestId('run-it')).toBeVisible();
  // More than a map is drawn of is refused in one sentence.
  await page.getByTestId('text-b').fill(`${b} ${'the old man and the sea '.repeat(24)}`);
  await page.getByTestId('compare-pair').click();
  await page.getByTestId('run-it').click();
  await expect(vitrine.error).toContainText('at most 256 are read here');
});

test('an address asks the same again, and the heads another way', async ({ vitrine, page }) => {
  await vitrine.openLab(`./#/lab?model=sentiment&ask=patch&clean=${encodeURIComponent(A)}&corrupt=${encodeURIComponent(B)}&site=head&direction=noise&view=patching`);
  const panel = page.getByTestId('patching');
  await expect(panel).toHaveAttribute('data-site', 'head');
  // Six layers of twelve heads.
  await expect(panel).toHaveAttribute('data-run', '72');
  await expect(page.getByTestId('run-all')).toHaveCount(0);
  await expect(page.locator('.maps__map')).toHaveCount(2);
  const found = await patching(page);
  expect(found.resolved.ask).toMatchObject({ id: 'patch', clean: A, corrupt: B, direction: 'noise' });
  expect(found.resolved.text).toBeNull();
  await expect(page.getByTestId('site-select')).toHaveValue('head');
  await expect(page.getByTestId('direction-select')).toHaveValue('noise');
  await page.getByTestId('site-select').selectOption('mlp_out');
  await expect(panel).toHaveAttribute('data-site', 'mlp_out');
});

test('what cannot be copied is said, with a way on', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await both(vitrine, page, A, A);
  await expect(vitrine.error).toContainText('both texts are the same to the model');
  await page.getByTestId('way-on').click();
  await expect(page.getByTestId('text-b')).toHaveValue(A);
  await expect(vitrine.error).toHaveCount(0);
});

test('texts of other lengths are aligned by their tokens, and by hand with the keys', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  await both(vitrine, page, A, 'the plot is really quite sharp but funny');
  const aligned = page.getByTestId('aligned');
  await expect(aligned).toHaveText('Not aligned, and so not copied: “really”, “quite” of B.');
  await expect(page.getByTestId('patching')).toHaveAttribute('data-run', '20');
  // “dull” is put together with “quite” in the place of “sharp”; Escape lets go of what was picked.
  const token = (side, word) => page.getByTestId(`align-${side}`).filter({ hasText: word });
  await token('a', 'dull').focus();
  await page.keyboard.press('Enter');
  await expect(token('a', 'dull')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Escape');
  await expect(token('a', 'dull')).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('Enter');
  await token('b', 'sharp').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(token('b', 'quite')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(aligned).toHaveText('Not aligned, and so not copied: “really”, “sharp” of B.');
  await expect(token('a', 'dull')).toHaveAttribute('aria-label', '“dull” of A, with “quite” of B');
  await expect(page).toHaveURL(/align=/);
  await expect(page.getByTestId('patching')).toHaveAttribute('data-run', '20');
  await expect(page.getByTestId('map-trust')).toContainText('everything that is aligned, copied together');
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('patching-aligned');
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await vitrine.screenshot('patching-aligned-360');
  // The address asks the same again.
  const { resolved } = await patching(page);
  await page.reload();
  await expect(aligned).toHaveText('Not aligned, and so not copied: “really”, “sharp” of B.');
  await expect(page.getByTestId('patching')).toHaveAttribute('data-run', '20');
  expect((await patching(page)).resolved.ask.align).toEqual(resolved.ask.align);
  await page.getByTestId('align-again').click();
  await expect(aligned).toHaveText('Not aligned, and so not copied: “really”, “quite” of B.');
});

for (const scheme of ['light', 'dark']) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing on a map of a model of language, ${scheme}, ${width}`, async ({ vitrine, page }) => {
      await page.setViewportSize({ width, height: 1000 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await vitrine.openOwn('tiny-llama', ['tiny-llama.gguf']);
      await both(vitrine, page, 'the bad film', 'the old film');
      await expect(page.getByTestId('patching').or(vitrine.error)).toBeVisible();
      await expect(vitrine.stop).toBeDisabled();
      await page.evaluate(() => document.fonts.ready);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await vitrine.screenshot(`patching-${scheme}-${width}`);
    });
  }
}
