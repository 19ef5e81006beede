import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

const SENTENCE = 'the plot is dull but funny';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

test('a word is taken out by a click, several by a stroke, put back, scored as one, and written anew', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  const explained = await vitrine.explain(SENTENCE);
  const token = (text) => vitrine.token.and(page.locator(`[data-token="${text}"]`));
  await token('dull').click();
  const proof = page.getByTestId('proof');
  await expect(proof).toHaveAttribute('data-change', /./);
  const removed = await vitrine.last();
  expect(removed.schema).toBe('vitrine.ablation/1');
  expect(removed.recipe.ask.tokens).toEqual([4]);
  expect(Math.abs(Number(await proof.getAttribute('data-change')) - removed.change)).toBeLessThan(1e-5);
  await expect(page.getByTestId('proved')).toHaveText(/^Without “dull” the model says POSITIVE, .* Predicted −3\.\d\d, measured −4\.\d\d\.$/);
  await expect(page).toHaveURL(/at=4$/);
  await page.getByTestId('put-back').click();
  await expect(page).not.toHaveURL(/at=/);
  // A stroke from one word to another.
  await token('but').hover();
  await page.mouse.down();
  await token('funny').hover();
  await page.mouse.up();
  await expect(page.getByTestId('proved')).toContainText('Without “but funny”');
  await expect(page).toHaveURL(/at=5-6$/);
  await page.reload();
  await vitrine.ready();
  await expect(page.getByTestId('proved')).toContainText('Without “but funny”');
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('proof');
  await page.getByTestId('as-one').click();
  await expect(page.getByTestId('players')).toContainText('exact for Integrated Gradients');
  await expect(token('but funny')).toHaveCount(1);
  const one = Number(await token('but funny').getAttribute('data-score'));
  expect(Math.abs(one - explained.scores[5] - explained.scores[6])).toBeLessThan(1e-3);
  await vitrine.methodSelect.selectOption('occlusion');
  await expect(page.getByTestId('players')).toContainText('taken out as one');
  await page.getByTestId('players-select').selectOption('tokens');
  await expect(page.getByTestId('players')).toHaveCount(0);
  await token('dull').click();
  await page.getByTestId('another').click();
  await page.getByTestId('another-word').fill('sharp');
  await page.getByTestId('another-word').press('Enter');
  await vitrine.settled('the plot is sharp but funny');
  await expect(vitrine.textInput).toHaveValue('the plot is sharp but funny');
});

test('scores come about run by run, and what methods disagree about is settled', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  await vitrine.explain('not bad at all');
  for (const method of ['exact-shapley', 'kernel-shap', 'partition-shap', 'lime', 'smoothgrad', 'attention-rollout', 'occlusion']) {
    const { trail, scores } = await vitrine.by(method);
    expect(trail.moments.length, method).toBeGreaterThan(1);
    trail.moments.at(-1).scores.forEach((score, at) => expect(Math.abs(score - scores[at]), method).toBeLessThan(1e-4));
    await expect(page.getByTestId('trail')).toHaveAttribute('data-alpha', '1.0000');
  }
  await vitrine.scrubber.fill('0');
  await expect(page.getByTestId('trail-said')).toContainText('without “not”');
  await vitrine.panel('Compare');
  await expect(page.getByTestId('compare-claim')).toContainText('They part over');
  // A word of the figure is chosen by keyboard, and taken out in three ways.
  await page.locator('.compare svg').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('settled-said')).toContainText(/Without “not” the answer|disagree about the sign/);
  // Two methods beside each other.
  await page.locator('.compare [data-part^="cell-"]').first().click();
  await expect(page.getByTestId('compare-pair')).toContainText(/: Kendall τ [+−]\d/);
  await page.getByRole('button', { name: 'All methods' }).click();
  await expect(page.getByTestId('compare-pair')).toHaveCount(0);
  await vitrine.screenshot('compare-settled');
  await page.getByTestId('compare-text').fill('not good at all');
  await page.getByTestId('compare-run').click();
  await expect(page.getByTestId('compare-beside')).toContainText('The other is “not good at all”');
  expect((await vitrine.last()).other.alignment).toContainEqual([2, 2]);
  await page.getByTestId('compare-show').selectOption('ranks');
  await page.getByTestId('compare-order').selectOption('size');
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('compare-beside');
});

test('from a question to a method, measured here', async ({ vitrine, page }) => {
  await vitrine.open('./#/methods');
  await vitrine.ready();
  expect(await violations(page)).toEqual([]);
  const row = page.locator('[data-testid=method][data-method=gradient-x-input]');
  await row.getByTestId('measure-one').click();
  await expect(row.getByTestId('method-time')).toContainText(/\d+ ms|\d s/);
  await expect(row).toContainText('×');
  await row.getByRole('button', { name: 'Gradient × Input' }).click();
  await expect(page.getByTestId('method-open')).toContainText('arXiv 1605.01713');
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('methods');
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.getByTestId('question').filter({ hasText: 'Where does it look?' }).click();
  await expect(page.getByTestId('cannot')).toContainText('Looking is not causing');
  await page.getByTestId('question').filter({ hasText: 'Does it do what it says?' }).click();
  await expect(page.getByTestId('open-other').first()).toHaveAttribute('href', /ask=chain/);
  // A rule is broken, and the Lab says so.
  await page.getByTestId('rule').first().click();
  await expect(page.getByTestId('blank')).toContainText('The blank is not neutral');
});

test('what a model writes is explained token by token and played', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openOwn('tiny-llama', ['tiny-llama.gguf']);
  await vitrine.explain('the bad film');
  await page.getByTestId('each-select').selectOption('each');
  const matrix = page.getByTestId('matrix');
  await expect(matrix).toBeVisible();
  const { matrix: found, steps } = await vitrine.last();
  expect(found.values).toHaveLength(steps.length);
  await expect(matrix).toHaveAttribute('data-row', String(steps.length - 1));
  await page.getByRole('button', { name: '◂ Step' }).click();
  await expect(matrix).toHaveAttribute('data-row', String(steps.length - 2));
  await expect(page.getByTestId('rests-on')).toContainText(/./);
  await page.getByTestId('row-receipt-run').click();
  await expect(page.getByTestId('row-receipt')).toContainText(/It (nearly )?holds up|No better than|Not tested/);
  await page.getByTestId('rows-run').click();
  await expect(page.getByTestId('rows-trust')).toContainText(/median of \d+ rows\. Weakest: |Not tested/);
  await expect(page).toHaveURL(/continuation=/);
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('continuation');
  // Another word is written in the place of one, and the model goes on from there.
  const before = new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('continuation');
  await page.getByTestId('another').click();
  await page.getByTestId('another-word').fill('film');
  await page.getByTestId('another-word').press('Enter');
  await page.waitForFunction((before) => window.__vitrine.last.recipe.ask.id === 'explain' && window.__vitrine.last.recipe.ask.continuation !== before, before);
  const { recipe, matrix: again, steps: rewritten } = await vitrine.last();
  expect(again.values).toHaveLength(rewritten.length);
  expect(recipe.ask.continuation).toContain('film');
  // Each token rather than another one.
  const other = steps.flatMap((step) => step.top).map((could) => could.token).find((token) => /^[A-Za-z0-9]+$/.test(token));
  await page.getByTestId('foil-input').fill(other);
  await page.getByTestId('foil-input').press('Enter');
  await page.waitForFunction((other) => window.__vitrine.last.target.foil?.label === other, other);
  await page.getByTestId('each-select').selectOption('next');
  await expect(matrix).toHaveCount(0);
  await expect(vitrine.token.first()).toBeVisible();
});

test('two models stand side by side, and a receipt is read in full', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openOwn('tiny-distilbert', ['config.json', 'tokenizer.json', 'model.safetensors']);
  const { value } = await vitrine.explain('the bad film');
  // The curve names the text that is left; what was measured beside it is drawn where it is asked for.
  const trust = page.getByTestId('trust');
  await expect(trust).toHaveAttribute('data-verdict', /./);
  await trust.locator('svg').first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(trust).toContainText(/“.*\[…\].*”: /);
  await page.getByTestId('in-full').click();
  for (const figure of ['insertion', 'matter', 'blanks']) await expect(trust.getByTestId(figure).locator('svg')).toBeVisible();
  await page.waitForFunction(() => Object.keys(window.__vitrine.last.receipt?.baseline_spread ?? {}).length > 2);
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('receipt-in-full');
  // Beside another model, which is not the one that is asked.
  await vitrine.panel('Compare');
  await page.getByTestId('compare-model').selectOption('sentiment');
  await expect(page.getByTestId('compare-beside')).toContainText('The same text read by sentiment');
  const compared = await vitrine.last();
  expect(compared.other.explanations.map(({ model }) => model.id)).toEqual(compared.explanations.map(() => 'sentiment'));
  expect(compared.other.alignment).toContainEqual([2, 2]);
  expect(Math.abs(compared.explanations[0].value - value)).toBeLessThan(1e-5);
  expect(compared.other.explanations[0].value).not.toBeCloseTo(value, 3);
  expect(await violations(page)).toEqual([]);
  await vitrine.screenshot('compare-models');
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await vitrine.screenshot('compare-models-360');
  await page.getByTestId('compare-model').selectOption('');
  await expect(page.getByTestId('compare-beside')).toHaveCount(0);
});
