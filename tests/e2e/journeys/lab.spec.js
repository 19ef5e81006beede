import { expect, test } from '../pages/vitrine.js';

const SENTENCE = 'the plot is dull but funny';

test('a sentence in, an animated and checked explanation out', async ({ vitrine }) => {
  await vitrine.openLab();
  const explanation = await vitrine.explain(SENTENCE);
  expect(explanation.schema).toBe('vitrine.explanation/1');
  await expect(vitrine.token).toHaveCount(explanation.input.tokens.length);
  const shown = await vitrine.token.evaluateAll((tokens) => tokens.map((token) => [token.dataset.token, Number(token.dataset.score)]));
  expect(shown.map(([text]) => text)).toEqual(explanation.input.tokens.map((token) => token.text));
  const sum = shown.reduce((total, [, score]) => total + score, 0);
  expect(Math.abs(sum - (explanation.value - explanation.baseline_value))).toBeLessThan(0.02);
  await expect(vitrine.receipt).toHaveAttribute('data-verdict', 'pass');
  await expect(vitrine.prediction).toContainText('NEGATIVE');
  await expect(vitrine.sum).toContainText('dull');
  await vitrine.screenshot('lab-light-1440');
});

test('the animation is the real path: it scrubs, steps, plays and ends where the scores are', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  await vitrine.explain(SENTENCE);
  // Reduced motion stands at the end.
  await expect(vitrine.river).toHaveAttribute('data-alpha', '1.0000');
  const dull = vitrine.token.filter({ hasText: 'dull' });
  const number = async () => Number((await dull.locator('.token-strip__value').textContent()).replace('−', '-'));
  const end = await number();
  expect(Math.abs(end - Number(await dull.getAttribute('data-score')))).toBeLessThan(0.006);
  await vitrine.scrubber.fill('0');
  await expect(vitrine.river).toHaveAttribute('data-alpha', '0.0000');
  expect(await number()).toBe(0);
  await vitrine.scrubber.fill('0.2');
  const middle = await number();
  expect(middle).toBeLessThan(0);
  expect(middle).toBeGreaterThan(end);
  await page.getByRole('button', { name: 'Step ▸' }).click();
  await expect(vitrine.river).toHaveAttribute('data-alpha', '0.2200');
  // Space plays and pauses the figure that has the focus, and no other.
  await vitrine.token.filter({ hasText: 'dull' }).focus();
  await page.keyboard.press('Space');
  await expect(vitrine.play).toContainText('Play');
  await vitrine.scrubber.focus();
  await page.keyboard.press('Space');
  await expect(vitrine.play).toContainText('Pause');
  await page.keyboard.press('Space');
  await expect(vitrine.play).toContainText('Play');
});

test('hover previews, click locks, Escape unlocks, arrows move', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await vitrine.explain(SENTENCE);
  const dull = vitrine.token.filter({ hasText: 'dull' });
  await dull.hover();
  await expect(vitrine.selected).toContainText('“dull” pushes towards NEGATIVE');
  await page.mouse.move(0, 0);
  await expect(vitrine.selected).toContainText('Point at a word');
  await dull.click();
  await page.mouse.move(0, 0);
  await dull.evaluate((token) => token.blur());
  await expect(vitrine.selected).toContainText('“dull”');
  await dull.press('ArrowRight');
  await expect(vitrine.token.filter({ hasText: 'but' })).toBeFocused();
  await expect(vitrine.selected).toContainText('“but”');
  await page.keyboard.press('Escape');
  await expect(dull).toHaveAttribute('aria-pressed', 'false');
});

test('word pieces merge into words by summing', async ({ vitrine }) => {
  await vitrine.openLab();
  const explanation = await vitrine.explain('an unwatchably dull film');
  const pieces = explanation.input.tokens.filter((token) => token.text.startsWith('##')).length;
  expect(pieces).toBeGreaterThan(0);
  const total = () => vitrine.token.evaluateAll((tokens) => tokens.reduce((sum, token) => sum + Number(token.dataset.score), 0));
  const before = await total();
  await vitrine.mergeWords.check();
  await expect(vitrine.token).toHaveCount(explanation.input.tokens.length - pieces);
  await expect(vitrine.token.filter({ hasText: 'unwatchably' })).toHaveCount(1);
  expect(Math.abs((await total()) - before)).toBeLessThan(1e-4);
});

test('a choice that takes long is offered with its time, and the picture that is there stays', async ({ vitrine, page }) => {
  await vitrine.openLab();
  // Eleven words: two thousand runs, on any device.
  await vitrine.explain('the plot is dull but the actors are funny and good');
  await vitrine.by('occlusion');
  const asked = (await vitrine.last()).method;
  await vitrine.methodSelect.selectOption('exact-shapley');
  await expect(page.getByTestId('run-it')).toContainText(/^Run, about .* s$/);
  await expect(page.getByTestId('stopped')).toContainText('the picture of “the plot is dull but the actors are funny and good” from Occlusion');
  await expect(vitrine.stop).toBeDisabled();
  expect((await vitrine.last()).method).toEqual(asked);
  // Less is run at once.
  await vitrine.methodSelect.selectOption('gradient-x-input');
  await page.waitForFunction(() => window.__vitrine.last.method?.id === 'gradient-x-input');
  await expect(page.getByTestId('run-it')).toHaveCount(0);
});

test('every method explains, with its own promise', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await vitrine.explain(SENTENCE);
  for (const [method, verdict, river] of [['occlusion', 'not-promised', 0], ['saliency', 'not-promised', 0], ['gradient-x-input', 'not-promised', 0], ['integrated-gradients', 'pass', 1]]) {
    await vitrine.by(method);
    await expect(vitrine.receipt).toHaveAttribute('data-verdict', verdict);
    await expect(vitrine.river).toHaveCount(river);
  }
  // The receipt comes by itself, or on a slow device when it is asked for, and leaves the page with its sentence.
  await expect(page.getByTestId('measure').or(page.getByTestId('verdict'))).toBeVisible();
  if (await page.getByTestId('measure').isVisible()) await page.getByTestId('measure').click();
  await expect(page.getByTestId('trust')).toHaveAttribute('data-verdict', 'holds');
  await expect(page.getByTestId('verdict')).toContainText('times as far as taking them out at random');
  const { receipt } = await vitrine.last();
  expect(receipt.verdict.sentence).toMatch(/^It holds up: /);
  expect(receipt.deletion.random).toHaveLength(20);
  await vitrine.panel('Compare');
  await expect(page.getByTestId('compare-claim')).toContainText(/name “dull”/);
  const compared = await vitrine.last();
  expect(compared.agreement.methods).toEqual(compared.explanations.map((found) => found.method.id));
  await vitrine.screenshot('compare');
});

test('a gap that fails hatches the colours out and says so', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await vitrine.explain('the acting is terrible and the story is worse');
  await vitrine.baselineSelect.selectOption('pad');
  await page.waitForFunction(() => window.__vitrine.last.method.params.baseline === 'pad');
  await vitrine.nodesSelect.selectOption('8');
  await page.waitForFunction(() => window.__vitrine.last.method.params.nodes === 8);
  await page.getByTestId('rule-select').selectOption('trapezoid');
  await page.waitForFunction(() => window.__vitrine.last.method.params.rule === 'trapezoid');
  await expect(vitrine.receipt).toHaveAttribute('data-verdict', 'fail');
  await expect(vitrine.receipt).toContainText('Do not rely on these colours.');
  await expect(page.locator('.token-strip.is-distrusted')).toBeVisible();
  await vitrine.screenshot('lab-distrusted');
});

test('target and foil change what is explained', async ({ vitrine, page }) => {
  await vitrine.openLab();
  const before = await vitrine.explain(SENTENCE);
  await vitrine.targetSelect.selectOption('NEGATIVE');
  await page.waitForFunction(() => window.__vitrine.last.target.label === 'NEGATIVE');
  const after = await vitrine.last();
  expect(after.target.foil.label).toBe('POSITIVE');
  expect(Math.abs(after.value + before.value)).toBeLessThan(1e-4);
  await vitrine.foilSelect.selectOption('');
  await page.waitForFunction(() => window.__vitrine.last.target.foil === null);
});

test('the newest input wins and a run can be stopped; the text stays', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await vitrine.textInput.fill('a slow one '.repeat(30));
  await vitrine.run.click();
  await expect(vitrine.stop).toBeEnabled();
  await vitrine.explain('a great movie');
  await expect(vitrine.claim).toContainText('great');
  await vitrine.textInput.fill('another slow one '.repeat(30));
  await vitrine.run.click();
  await vitrine.stop.click();
  await expect(vitrine.stop).toBeDisabled();
  await expect(vitrine.textInput).toHaveValue(/another slow one/);
  expect((await vitrine.last()).input.text).toBe('a great movie');
  await vitrine.explain('not bad at all');
  await expect(page.getByTestId('error')).toHaveCount(0);
});

test('the heads of the classifier are drawn and one can be switched off', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await vitrine.explain(SENTENCE);
  await vitrine.panel('Attention');
  await expect(page.getByTestId('attention-mosaic')).toBeVisible();
  await page.getByTestId('head-select').selectOption('L3H2');
  await page.getByTestId('zero-head').click();
  const moved = page.getByTestId('moved');
  await expect(moved).toContainText('Without L3H2');
  const explained = await page.evaluate(() => window.__vitrine.findings.find(({ schema }) => schema === 'vitrine.explanation/1').value);
  expect(Math.abs(Number(await moved.getAttribute('data-value')) - explained)).toBeLessThan(1e-3);
  await expect(moved).toContainText('NEGATIVE');
  await vitrine.screenshot('lab-attention-1440');
});

test('the stream of the classifier is drawn with its norms after each sum', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  await vitrine.explain(SENTENCE);
  await vitrine.panel('Residual stream');
  const stream = page.getByTestId('stream');
  await expect(stream).toContainText('normalized there, after each sum');
  await expect(stream.locator('svg').first()).toContainText('NEGATIVE');
  await vitrine.screenshot('lab-stream-1440');
});
