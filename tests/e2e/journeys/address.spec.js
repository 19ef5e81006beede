import { expect, test } from '../pages/vitrine.js';

const SENTENCE = 'the plot is dull but funny';
const fragment = (page) => page.evaluate(() => window.location.hash);

test('the question stands in the address: reload, back, forward and a copy bring it back', async ({ vitrine, page, context }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.explain('the bad film');
  const first = await fragment(page);
  expect(first).toBe('#/lab?model=sentiment&text=the%20bad%20film&ask=explain&method=integrated-gradients');
  await vitrine.methodSelect.selectOption('occlusion');
  await page.waitForFunction(() => window.__vitrine.last.method?.id === 'occlusion');
  await vitrine.token.filter({ hasText: 'bad' }).click();
  await expect.poll(() => fragment(page)).toBe('#/lab?model=sentiment&text=the%20bad%20film&ask=explain&method=occlusion&at=2');
  await vitrine.explain('the film');
  await vitrine.panel('Attention');
  await page.getByTestId('head-select').selectOption('L1H1');
  await expect.poll(() => fragment(page)).toBe('#/lab?model=sentiment&text=the%20film&ask=attention&at=L1H1');
  // One step back is the question before, as it was left; choices about it were no steps.
  await page.goBack();
  await expect(vitrine.textInput).toHaveValue('the bad film');
  await expect(vitrine.methodSelect).toHaveValue('occlusion');
  await expect(vitrine.token.filter({ hasText: 'bad' })).toHaveAttribute('aria-pressed', 'true');
  await page.goForward();
  await expect(vitrine.textInput).toHaveValue('the film');
  await expect(page.getByTestId('head-select')).toHaveValue('L1H1');
  const copied = await page.evaluate(() => window.location.href);
  await page.reload();
  await expect(page.getByTestId('head-select')).toHaveValue('L1H1');
  await expect(page.getByTestId('says')).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('list', { name: 'Examples' })).toBeVisible();
  const other = await context.newPage();
  await other.goto(copied);
  await expect(other.getByTestId('text-input')).toHaveValue('the film');
  await expect(other.getByTestId('head-select')).toHaveValue('L1H1');
});

test('an address may be written by hand; what is wrong with one is said, and its text is kept', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab?text=the%20bad%20film&ask=explain&method=integrated-gradients&set.nodes=8&target=negative');
  await vitrine.settled('the bad film');
  const { method, target } = await vitrine.last();
  expect([method.params.nodes, target.label]).toEqual([8, 'NEGATIVE']);
  await expect(vitrine.nodesSelect).toHaveValue('8');
  for (const [query, sentence] of [
    ['text=the%20film&ask=dance', 'Nothing can be asked by the name "dance"'],
    ['text=the%20film&ask=explain&method=blur', 'There is no method "blur"'],
    ['text=the%20film&ask=explain&method=saliency&colour=red', 'No address has "colour"'],
    ['text=the%20film&ask=explain&method=occlusion&set.variant=blur', 'variant must be one of'],
    ['text=the%20film&ask=explain&method=saliency&target=HAPPY', 'the model has no class "HAPPY"'],
    ['text=the%20film&ask=stream&position=99', 'there is no position 99'],
    [`text=the%20film&ask=ablate&tokens=${Array(20).fill(99)}`, 'there is no position 99'],
    [`text=${'x'.repeat(70_000)}&ask=predict`, 'An address has at most 65536 bytes'],
  ]) {
    await page.evaluate((to) => { window.location.hash = `#/lab?${to}`; }, query);
    await expect(vitrine.error).toContainText(sentence);
    if (query.length < 1000) await expect(vitrine.textInput).toHaveValue('the film');
  }
  // The way on from a refusal is one press.
  await page.evaluate(() => { window.location.hash = '#/lab?text=the%20film&ask=explain&method=saliency&target=HAPPY&at=99'; });
  await page.getByRole('button', { name: 'Explain the usual answer' }).click();
  await vitrine.settled('the film');
  await expect(vitrine.error).toHaveCount(0);
  // A mark that is not there is not kept, and what no menu offers is shown as it was asked.
  await page.evaluate(() => { window.location.hash = '#/lab?model=%20sentiment%20&text=the%20film&ask=explain&method=integrated-gradients&set.nodes=37&at=99'; });
  await vitrine.settled('the film');
  await expect(vitrine.nodesSelect).toHaveValue('37');
  await expect(page).toHaveURL(/method=integrated-gradients&set.nodes=37$/);
  // What is asked beside the panel stays in the address until the panel is asked anew.
  await page.evaluate(() => { window.location.hash = '#/lab?text=the%20film&ask=ablate&tokens=1&how=delete'; });
  await expect(page.getByTestId('moved')).toBeVisible();
  await expect(page).toHaveURL(/ask=ablate&tokens=1&how=delete$/);
  await vitrine.methodSelect.selectOption('occlusion');
  await expect(page).toHaveURL(/ask=explain&method=occlusion$/);
  // An enlarged panel keeps what is behind it still; Escape lets go of a word first, then of the window.
  await page.getByTestId('enlarge').click();
  await expect(page.locator('.ask')).toHaveAttribute('inert', '');
  await page.getByTestId('token').nth(1).click();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('token').nth(1)).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByTestId('enlarge')).toHaveAttribute('aria-pressed', 'true');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('enlarge')).toHaveAttribute('aria-pressed', 'false');
  await page.evaluate(() => { window.location.hash = '#/nowhere'; });
  await expect(vitrine.error).toContainText('leads nowhere on this page');
  await page.evaluate(() => { window.location.hash = '#/LAB'; });
  await expect(vitrine.textInput).toBeVisible();
  // A text alone is written into the field and asked when the reader says so.
  await page.evaluate(() => { window.location.hash = '#/lab?text=the+film%20%25%20and%20%3Cb%3E'; });
  await expect(vitrine.textInput).toHaveValue('the+film % and <b>');
  await expect(vitrine.error).toHaveCount(0);
  await vitrine.run.click();
  await vitrine.settled('the+film % and <b>');
  // A model that is not here is asked for, and the question waits for it.
  await page.evaluate(() => { window.location.hash = '#/lab?model=tiny%2Fnothing&text=the%20film&ask=predict'; });
  await expect(vitrine.error).toContainText('tiny/nothing, which is not on this page');
  await expect(page.getByTestId('own-model')).toBeVisible();
});

test('a model that is large and not stored here is offered with its size, not fetched', async ({ vitrine, page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab?model=smollm2-135m&text=The%20capital%20of%20France%20is&ask=explain&method=occlusion');
  await expect(vitrine.textInput).toHaveValue('The capital of France is');
  await expect(page.getByTestId('offer')).toContainText('98 MB');
  expect(asked.filter((url) => /smollm2.*safetensors/.test(url))).toEqual([]);
  // What is wrong with its address is said beside the offer.
  await page.goto('./?device=cpu#/lab?model=smollm2-135m&text=I%20think&ask=steer&toward=love&away=hate&strength=far');
  await expect(vitrine.error).toContainText('Strength must be a number, not "far".');
  await expect(page.getByTestId('offer')).toContainText('98 MB');
  await expect(vitrine.textInput).toHaveValue('I think');
});

test('the Lab answers on after many questions, and a stopped one says whose picture is left', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  // More than are kept.
  for (let i = 0; i < 30; i += 1) await vitrine.explain(`the bad film ${'the '.repeat(i)}`.trim());
  await expect(page.getByTestId('says')).toBeVisible();
  await expect(page.getByTestId('stopped')).toHaveCount(0);
  // Two files of one name are two models.
  const sha = (await vitrine.last()).model.sha256;
  await vitrine.openOwn('tiny-llama', ['tiny-llama.gguf']);
  await vitrine.textInput.fill('the film');
  await vitrine.run.click();
  await expect(vitrine.claim).toContainText('as the next token');
  expect((await vitrine.last()).model.sha256).not.toBe(sha);
});
