import { expect, test } from '../pages/vitrine.js';

const PROMPT = 'The capital of France is';

/** Opens the Lab on the language model, fetched and ready. */
async function openLanguage(vitrine, page) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.modelSelect.selectOption('smollm2-135m');
  await page.getByTestId('fetch-model').click();
  await expect(page.getByTestId('load-report')).toBeVisible({ timeout: 90_000 });
}

test('a language model is offered with what it takes, fetched on request, and says what comes next', async ({ vitrine, page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.modelSelect.selectOption('smollm2-135m');
  const offer = page.getByTestId('offer');
  for (const fact of ['98 MB', 'Apache-2.0', '127 MB', 'SmolLM2-135M-Instruct']) await expect(offer).toContainText(fact);
  expect(asked.filter((url) => url.includes('smollm2'))).toEqual([]);
  await vitrine.screenshot('offer-light-1440');
  // Stopping keeps what has come; going on does not fetch it again.
  await page.getByTestId('fetch-model').click();
  await expect(page.getByTestId('model-progress')).toBeVisible();
  await page.waitForFunction(() => Number(document.querySelector('[data-testid=model-progress]')?.dataset.done) > 10e6);
  await page.getByTestId('stop-fetch').click();
  await expect(page.getByTestId('fetch-model')).toBeVisible();
  await page.getByTestId('fetch-model').click();
  await expect(page.getByTestId('load-report')).toBeVisible({ timeout: 90_000 });

  await vitrine.textInput.fill(PROMPT);
  await vitrine.run.click();
  const rows = vitrine.prediction.locator('.next-token__row');
  await expect(rows).toHaveCount(10);
  await expect(rows.first()).toHaveAttribute('data-token', ' Paris');
  expect(Math.abs(Number(await rows.first().getAttribute('data-probability')) - 0.7725)).toBeLessThan(2e-3);
  expect(Math.abs(Number(await rows.first().getAttribute('data-logit')) - 17.371)).toBeLessThan(2e-3);
  // Another temperature redraws the bars; the logits stay.
  await page.getByTestId('temperature').fill('0.5');
  await expect.poll(async () => Number(await rows.first().getAttribute('data-probability'))).toBeGreaterThan(0.95);
  expect(Math.abs(Number(await rows.first().getAttribute('data-logit')) - 17.371)).toBeLessThan(2e-3);
  await page.getByTestId('top-k').selectOption('2');
  await expect(rows).toHaveCount(2);

  // The answer is taken apart, and another can be.
  await expect(vitrine.claim).toContainText('Paris');
  await page.getByTestId('target-input').fill(' Paris');
  await page.getByTestId('foil-input').fill(' London');
  await page.getByTestId('foil-input').press('Enter');
  await page.waitForFunction(() => window.__vitrine.last?.target?.foil?.label === ' London');
  const last = await vitrine.last();
  expect(last.model.id).toBe('smollm2-135m');
  expect(Math.abs(last.value - (17.3713 - 13.245))).toBeLessThan(2e-3);
  await vitrine.screenshot('language-light-1440');

  // A bar that is clicked is explained; a small control beside it writes its token down.
  await rows.nth(1).getByRole('button', { name: /^Explain/ }).click();
  await page.waitForFunction(() => window.__vitrine.last?.target?.label !== ' Paris');
  await expect(rows.nth(1).getByRole('button', { name: /^Explain/ })).toHaveAttribute('aria-pressed', 'true');
  await rows.first().getByRole('button', { name: 'Write Paris down' }).click();
  await expect(vitrine.textInput).toHaveValue(`${PROMPT} Paris`);
  await expect(rows.first()).not.toHaveAttribute('data-token', ' Paris');
});

test('every head is drawn, one is looked at, and its removal is measured', async ({ vitrine, page }) => {
  await openLanguage(vitrine, page);
  await page.getByRole('button', { name: 'When Mary and John' }).click();
  await expect(vitrine.prediction.locator('.next-token__row').first()).toHaveAttribute('data-token', ' Mary');
  await vitrine.panel('Attention');
  const mosaic = page.getByTestId('attention-mosaic');
  await expect(mosaic).toBeVisible();
  await expect(page.getByTestId('sink')).toContainText('first token');
  await page.getByTestId('head-select').selectOption('L18H6');
  await expect(page.locator('.attention__head h2')).toContainText('induction');
  await mosaic.focus();
  await mosaic.press('ArrowRight');
  await expect(mosaic).toHaveAttribute('data-head', 'L19H6');
  await mosaic.hover({ position: { x: 5, y: 5 } });
  await expect(mosaic).toHaveAttribute('data-head', 'L0H0');
  await page.mouse.move(0, 0);
  await expect(mosaic).toHaveAttribute('data-head', 'L19H6');
  await page.getByTestId('head-select').selectOption('L23H3');
  const moved = page.getByTestId('moved');
  await page.getByTestId('zero-head').click();
  await expect(moved).toContainText('Without L23H3');
  const number = async (name) => Number(await moved.getAttribute(name));
  expect(await number('data-without')).not.toBe(await number('data-value'));
  await page.getByTestId('shuffle-head').click();
  await expect(moved).toContainText('shuffled');
  await vitrine.screenshot('attention-light-1440');
});

test('the residual stream is walked through and parts are taken out', async ({ vitrine, page }) => {
  await openLanguage(vitrine, page);
  await vitrine.textInput.fill('The Eiffel Tower is located in the city of');
  await vitrine.run.click();
  await expect(vitrine.prediction.locator('.next-token__row').first()).toHaveAttribute('data-token', ' Paris');
  await vitrine.panel('Residual stream');
  const picture = page.locator('.stream__picture');
  await expect(picture).toHaveAttribute('data-floor', '1.000');
  await expect(page.getByTestId('stream-claim')).toContainText('Paris');
  await vitrine.scrubber.fill('0.5');
  await expect(picture).toHaveAttribute('data-floor', '0.500');
  await page.getByRole('button', { name: 'Step ▸' }).click();
  await expect(picture).toHaveAttribute('data-floor', '0.533');
  await vitrine.scrubber.fill('1');
  const part = page.getByTestId('part').first();
  await part.click();
  await expect(page.getByTestId('moved')).toContainText('Predicted');
  await expect(page.getByTestId('moved')).toContainText('measured');
  await vitrine.screenshot('stream-light-1440');
});

test('it writes token by token, the same for the same seed, can be stopped, and knows its chat template', async ({ vitrine, page }) => {
  await openLanguage(vitrine, page);
  const written = page.getByTestId('written');
  await vitrine.textInput.fill('Once upon a time');
  await vitrine.run.click();
  await page.getByTestId('write').click();
  await expect(written).toContainText(/Once upon a time.{20}/);
  await vitrine.stop.click();
  await expect(vitrine.stop).toBeDisabled();
  await expect(vitrine.textInput).toHaveValue('Once upon a time');
  await vitrine.textInput.fill('What is the capital of France?');
  await page.getByTestId('chat').selectOption('chat');
  await expect(vitrine.textInput).toHaveValue(/<\|im_start\|>user\nWhat is the capital of France\?<\|im_end\|>/);
  await vitrine.run.click();
  await expect(page.locator('.token-strip__token.is-special .token-strip__word').first()).toHaveText('<|im_start|>');
  await page.getByTestId('temperature').fill('0');
  await page.getByTestId('write').click();
  await expect(page.getByText('the model ended its text')).toBeVisible({ timeout: 60_000 });
  await expect(written).toContainText('Paris');
  await page.getByTestId('chat').selectOption('plain');
  await expect(vitrine.textInput).toHaveValue('What is the capital of France?');
});

test('a panel is asked for while the model writes, each is answered, and stop ends both', async ({ vitrine, page }) => {
  await openLanguage(vitrine, page);
  await vitrine.textInput.fill(PROMPT);
  await vitrine.run.click();
  await expect(vitrine.claim).toBeVisible();
  await page.getByTestId('write').click();
  await vitrine.panel('Attention');
  await expect(page.getByTestId('attention-mosaic')).toBeVisible();
  await expect(page.getByText(/tokens, .* a second/)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('attention-scale')).toContainText('is the largest weight drawn');
  const kinds = await page.evaluate(() => window.__vitrine.findings.map(({ schema }) => schema).sort());
  expect(kinds).toEqual(['attention', 'explanation', 'generation', 'prediction'].map((kind) => `vitrine.${kind}/1`));
  await vitrine.panel('Attribution');
  await page.getByTestId('write').click();
  await vitrine.panel('Residual stream');
  await vitrine.stop.click();
  await expect(vitrine.stop).toBeDisabled();
  // The engine is free at once.
  await vitrine.textInput.fill('The opposite of hot is');
  await vitrine.run.click();
  await expect(page.getByTestId('says')).toContainText('cold');
});

test('a tab that was asleep goes on where it was', async ({ vitrine, page }) => {
  await page.clock.install();
  await openLanguage(vitrine, page);
  await vitrine.textInput.fill(PROMPT);
  await vitrine.run.click();
  await page.getByTestId('write').click();
  await expect(page.getByText(/^\d+ tokens so far/)).toBeVisible();
  const worker = page.workers()[0];
  // Two minutes pass in which no timer ran and no message was read.
  await page.clock.fastForward('02:00');
  await expect(page.getByText(/tokens, .* a second/)).toBeVisible();
  expect(page.workers()[0]).toBe(worker);
});

test('what a prompt cannot be gets a sentence, and nothing is lost', async ({ vitrine, page }) => {
  await openLanguage(vitrine, page);
  await vitrine.run.click();
  await expect(vitrine.error).toContainText('nothing to read');
  await vitrine.textInput.fill('word '.repeat(1100));
  await vitrine.run.click();
  await expect(vitrine.error).toContainText('at most 1024');
  await vitrine.textInput.fill(PROMPT);
  await vitrine.run.click();
  await expect(vitrine.error).toHaveCount(0);
  await expect(vitrine.claim).toContainText('Paris');
  await page.getByTestId('target-input').fill(' Parisian');
  await page.getByTestId('target-input').press('Enter');
  await expect(page.getByTestId('remark')).toContainText('2 tokens');
  // A worker that dies takes the model with it; it is read back from storage.
  await page.workers()[0].evaluate(() => { setTimeout(() => { throw new Error('killed by the test'); }); });
  await expect(page.getByTestId('offer')).toBeVisible();
  await expect(page.getByTestId('write')).toBeVisible({ timeout: 90_000 });
  await expect(vitrine.textInput).toHaveValue(PROMPT);
  await vitrine.modelSelect.selectOption('sentiment');
  await vitrine.explain('a great movie');
});

for (const scheme of ['light', 'dark']) {
  test(`on a phone, ${scheme}, everything fits`, async ({ vitrine, page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: scheme });
    await openLanguage(vitrine, page);
    await vitrine.textInput.fill('The Eiffel Tower is located in the city of');
    await vitrine.run.click();
    await expect(vitrine.claim).toBeVisible({ timeout: 30_000 });
    for (const panel of ['Attribution', 'Attention', 'Residual stream']) {
      await vitrine.panel(panel);
      await expect(page.locator(panel === 'Attention' ? '.attention' : panel === 'Residual stream' ? '.stream' : '.explanation').first()).toBeVisible();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, panel).toBeLessThanOrEqual(0);
      await vitrine.screenshot(`language-${panel.split(' ')[0].toLowerCase()}-${scheme}-360`);
    }
  });
}

test('heads are switched off together, by their measured role too, and it writes with and without them', async ({ vitrine, page }) => {
  await openLanguage(vitrine, page);
  await page.getByRole('button', { name: 'When Mary and John' }).click();
  await expect(vitrine.prediction.locator('.next-token__row').first()).toHaveAttribute('data-token', ' Mary');
  await vitrine.panel('Residual stream');
  const [moved, off] = [page.getByTestId('moved'), page.getByTestId('off')];
  await page.getByTestId('part').first().click();
  await expect(moved).toContainText('Predicted');
  await page.getByTestId('switch-name').fill('L29N7');
  await page.getByTestId('switch-add').click();
  // A neuron has no direct effect among those of the stream.
  await expect(moved).toContainText('L29N7');
  await expect(moved).not.toContainText('Predicted');
  await page.getByTestId('switch-name').fill('head 3');
  await page.getByTestId('switch-add').click();
  await expect(page.getByTestId('switch-wrong')).toContainText('write L5H1 for a head');
  await page.getByTestId('preset').first().click();
  await expect(off).toContainText(/L\d+H\d+.*more parts/);
  await expect(moved).toContainText('Predicted');
  await page.getByTestId('write-both').click();
  await expect(page.getByTestId('both-ways')).toContainText('it writes');
  const { written, resolved } = await vitrine.last();
  await expect(page.getByTestId('written-without')).toContainText(written.without.trim());
  expect(resolved.ask.write).toBe(24);
  await vitrine.screenshot('switchboard-light-1440');
  // The switches are in the address.
  await page.reload();
  await expect(off).toContainText('more parts');
  // What is off stays off while another panel is looked at, and is measured again.
  await vitrine.panel('Attention');
  await vitrine.panel('Residual stream');
  await expect(off).toContainText('more parts');
  await expect(moved).toContainText('Predicted');
  await page.getByTestId('all-on').click();
  await expect(moved).toHaveCount(0);
  await expect(off).toContainText('Everything is on');
  await page.setViewportSize({ width: 360, height: 900 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await vitrine.screenshot('switchboard-light-360');
});
