import { expect, fill, test } from '../pages/vitrine.js';

test('an empty text is asked for, not run', async ({ vitrine }) => {
  await vitrine.openLab();
  await vitrine.run.click();
  await expect(vitrine.error).toContainText('There is nothing to read yet');
  await vitrine.textInput.fill('   ');
  await vitrine.textInput.press('Enter');
  await expect(vitrine.error).toContainText('There is nothing to read yet');
});

test('text without a word is explained in one sentence and stays', async ({ vitrine }) => {
  await vitrine.openLab();
  for (const text of ['\u200b\u200d', '\u0007\u0001']) {
    await vitrine.textInput.fill(text);
    await vitrine.run.click();
    await expect(vitrine.error).toContainText('type at least one word');
    await expect(vitrine.textInput).toHaveValue(text);
  }
});

test('emoji, right-to-left text and markup are read as text', async ({ vitrine, page }) => {
  await vitrine.openLab();
  for (const text of ['🎬 good 🍿', 'فيلم رائع good', '<script>alert(1)</script><img src=x onerror=alert(2)> good']) {
    const explanation = await vitrine.explain(text);
    await expect(vitrine.token).toHaveCount(explanation.input.tokens.length);
    await expect(vitrine.textInput).toHaveValue(text);
  }
  expect(await page.locator('main img, main script').count()).toBe(0);
});

test('a lone surrogate from the page does not stop anything', async ({ vitrine, page }) => {
  await vitrine.openLab();
  await vitrine.textInput.evaluate((field) => {
    field.value = 'good \ud800 film';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await vitrine.run.click();
  await page.waitForFunction(() => window.__vitrine.last?.input.text.startsWith('good'));
  await expect(vitrine.claim).toContainText('The model reads');
});

test('a text that is too long is cut, and the cut is shown', async ({ vitrine }) => {
  await vitrine.openLab();
  await vitrine.methodSelect.selectOption('saliency');
  const text = 'good film '.repeat(5000).trim();
  await vitrine.explain(text);
  await expect(vitrine.truncated).toContainText('at most 512 tokens');
  await expect(vitrine.truncated).toContainText('10002');
  await expect(vitrine.truncated).toContainText('✂');
  await expect(vitrine.token).toHaveCount(512);
  await expect(vitrine.textInput).toHaveValue(text);
});

test('a model whose numbers overflow gets a sentence in every panel, and no number that is none', async ({ vitrine, page }) => {
  await vitrine.useTinyModel((bytes) => fill(bytes, 'classifier.weight', 3e38));
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.textInput.fill('the bad film');
  await vitrine.run.click();
  for (const panel of ['Attribution', 'Compare', 'Residual stream']) {
    await vitrine.panel(panel);
    await expect(vitrine.error, panel).toContainText('the numbers of this model overflow on this text');
    await expect(page.locator('main')).not.toContainText(/NaN|inf\b/);
  }
  expect(await vitrine.last()).toBeNull();
});
