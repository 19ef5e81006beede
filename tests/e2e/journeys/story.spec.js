import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

const scene = (page, name) => page.locator(`[data-scene=${name}]`);
const names = (page) => page.locator('[data-scene]').evaluateAll((all) => all.map((one) => one.dataset.scene));

for (const scheme of ['light', 'dark']) {
  test(`every scene is read without a model, at every width, ${scheme}`, async ({ vitrine, page }) => {
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await vitrine.open();
    await expect(scene(page, 'why').getByTestId('claim')).toContainText('said NEGATIVE. Why?');
    const all = await names(page);
    expect(all.length).toBe(10);
    for (const name of all) {
      await scene(page, name).scrollIntoViewIfNeeded();
      await expect(scene(page, name).getByTestId('staged').locator('svg')).toHaveAttribute('aria-label', /./);
    }
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await violations(page)).toEqual([]);
    // Reading to the end has fetched no engine and no model.
    expect(asked.filter((url) => /worker|chunk|model\.safetensors|lab_/.test(url))).toEqual([]);
  });
}

test('a step is reached by its address, by scrolling, by its keys and by the scrubber, and stands in the address', async ({ vitrine, page }) => {
  await vitrine.open('./#/story/paths/3');
  const paths = scene(page, 'paths');
  const position = () => paths.getByTestId('staged').getAttribute('data-position');
  const here = paths.locator('[aria-current=step]');
  await expect(here).toHaveText('The sentence');
  await expect.poll(position).toBe('1.000');
  await paths.getByTestId('step').nth(0).getByRole('button').click();
  await expect.poll(position).toBe('0.000');
  await expect.poll(() => page.url()).toContain('#/story/paths/1');
  // The next step comes to the middle of the window.
  await paths.getByTestId('step').nth(1).evaluate((step) => step.scrollIntoView({ block: 'center' }));
  await expect(here).toHaveText('On the way');
  await expect.poll(() => page.url()).toContain('#/story/paths/2');
  // Its keys are its own only while it has the focus.
  await paths.getByTestId('figure').focus();
  await page.keyboard.press('ArrowDown');
  await expect(here).toHaveText('The sentence');
  const before = Number(await paths.getByTestId('scrubber').inputValue());
  await page.keyboard.press('ArrowLeft');
  await expect.poll(async () => Number(await paths.getByTestId('scrubber').inputValue())).toBeLessThan(before);
  await paths.getByTestId('scrubber').fill('0');
  await expect.poll(position).toBe('0.000');
  await page.locator('body').evaluate((body) => body.ownerDocument.activeElement.blur());
  const top = await page.evaluate(() => window.scrollY);
  await page.keyboard.press('PageDown');
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(top);
});

test('the address of a scene leads to it while those above it arrive, and is what is printed', async ({ vitrine, page }) => {
  await vitrine.open('./#/story/circuit');
  for (const name of ['aloud', 'circuit']) await scene(page, name).getByTestId('staged').locator('svg').waitFor();
  expect(page.url()).toMatch(/#\/story\/circuit$/);
  expect(await scene(page, 'circuit').evaluate((one) => Math.abs(one.getBoundingClientRect().top))).toBeLessThan(20);
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  await expect(scene(page, 'aloud')).toBeHidden();
  await expect(scene(page, 'circuit').locator('[aria-current=step]')).toHaveText('Who carries it');
});

test('threads of a vote grow as the text passes', async ({ vitrine, page }) => {
  await vitrine.open('./#/story/votes/1');
  const votes = scene(page, 'votes');
  const threads = votes.locator('[data-part^=ribbon] path');
  await expect(threads).toHaveCount(5);
  await votes.getByTestId('step').nth(1).getByRole('button').click();
  await expect(threads).toHaveCount(20);
});

test('the button fetches the model, the scene is computed again, and a word that is taken out changes the answer', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.open();
  const why = scene(page, 'why');
  const figure = why.getByTestId('figure');
  await expect(figure.getByTestId('provenance')).toContainText('Precomputed');
  await page.getByTestId('ask-why').click();
  await vitrine.ready();
  await why.getByTestId('step').nth(1).getByRole('button').click();
  await expect(figure.getByTestId('provenance')).toHaveText(/Recomputed on your device: largest difference (0|\de-\d+)\./);
  await why.getByTestId('do').first().click();
  const outcome = why.getByTestId('outcome');
  await expect(outcome).toContainText('it says POSITIVE');
  await expect(outcome.getByTestId('provenance')).toContainText('Recomputed');
  await why.getByTestId('number').locator('summary').click();
  await expect(why.getByTestId('number')).toContainText('scores/4');
  // What was found is among the findings for scripts too.
  expect((await vitrine.last()).model.id).toBe('sentiment');
});

test('a scene about the language model does not fetch it, with the engine running', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await vitrine.open('./?device=cpu#/story/aloud/1');
  const where = (name) => scene(page, name).getByTestId('provenance').first();
  await vitrine.ready();
  await expect(where('aloud')).toContainText('Precomputed with the page’s language model. Compute it here (122 MB once, 127 MB of memory, up to minutes)');
  // A scene about the classifier is computed again by now, so the other had its turn.
  await page.evaluate(() => { window.location.hash = '#/story/why/1'; });
  await expect(where('why')).toHaveAttribute('data-state', 'differs');
  expect(asked.filter((url) => url.includes('smollm2'))).toEqual([]);
});

test('a scene about the language model is computed here when the reader asks for that, and what is light then by itself', async ({ vitrine, page }) => {
  await vitrine.open('./?device=cpu#/story/stream/1');
  const where = scene(page, 'stream').getByTestId('figure').getByTestId('provenance');
  await where.getByTestId('compute-here').click();
  await expect(where).toContainText(/Fetching its model|Computing it here/);
  await expect(where).toHaveAttribute('data-state', 'agrees');
  await scene(page, 'stream').getByTestId('do').first().click();
  await expect(scene(page, 'stream').getByTestId('outcome').getByTestId('provenance')).toHaveAttribute('data-state', 'agrees');
});

test('a model that was asked for goes on coming while the reader reads on, until it is stopped', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await page.context().route('**/models/smollm2-135m/**', () => {});
  await vitrine.open('./?device=cpu#/story/stream/1');
  const where = (name) => scene(page, name).getByTestId('figure').getByTestId('provenance');
  await where('stream').getByTestId('compute-here').click();
  await expect(where('stream')).toHaveAttribute('data-state', 'running');
  await page.evaluate(() => { window.location.hash = '#/story/why/1'; });
  await expect(where('why')).toHaveAttribute('data-state', 'differs');
  await expect(where('stream')).toHaveAttribute('data-state', 'running');
  await page.evaluate(() => { window.location.hash = '#/story/stream/1'; });
  await where('stream').getByTestId('stop-computing').click();
  await expect(where('stream')).toContainText('Compute it here');
});

test('in predict-first mode nothing is shown before the reader has said what to expect', async ({ vitrine, page }) => {
  await vitrine.open('./#/story/circuit/1?predict=1');
  const circuit = scene(page, 'circuit');
  await expect(circuit.getByTestId('do').first()).toBeDisabled();
  await circuit.getByLabel('At both').check();
  await circuit.getByTestId('do').first().click();
  await expect(circuit.getByTestId('outcome')).toContainText('You expected: “At both”.');
});

test('what is missing or unknown reads well', async ({ vitrine, page }) => {
  await page.context().route('**/story/stream.json', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html>' }));
  await vitrine.open('./#/story/stream/2');
  await expect(scene(page, 'stream').getByTestId('error')).toContainText('could not be fetched');
  await expect(scene(page, 'stream').getByTestId('claim')).toContainText('layer by layer');
  await vitrine.open('./#/story/nowhere');
  await expect(page.getByTestId('error')).toContainText('no scene of the name “nowhere”');
  await page.getByTestId('contents').getByRole('link').nth(2).click();
  await expect(scene(page, 'companies').getByTestId('step').first()).toBeVisible();
});

test('a scene that is left at once is not looked for', async ({ vitrine, page }) => {
  await vitrine.open('./#/');
  await expect(scene(page, 'why').getByTestId('step').first()).toBeVisible();
  // Away again after the page has heard of it, and before it goes there.
  await page.evaluate(() => {
    window.addEventListener('hashchange', () => {
      history.replaceState(null, '', '#/story');
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    }, { once: true });
    window.location.hash = '#/story/stream/2';
  });
  await page.getByTestId('contents').getByRole('link').nth(2).click();
  await expect(scene(page, 'companies').getByTestId('step').first()).toBeVisible();
});

test('a scene is an embed of its own, without header or engine', async ({ page, vitrine }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto('./embed.html#/story/companies/3?show=claim,figure&predict=1&theme=dark');
  const embed = page.getByTestId('embed');
  await expect(embed.getByTestId('claim')).toContainText('every company');
  await expect(embed.locator('[aria-current=step]')).toHaveText('All were run');
  await expect(embed.getByTestId('do')).toBeDisabled();
  await expect(page.getByRole('navigation')).toHaveCount(0);
  expect(await violations(page)).toEqual([]);
  expect(asked.filter((url) => /worker|models|lab_|reader_|sw\.js/.test(url))).toEqual([]);
  await page.goto('./embed.html#/story/nowhere');
  await page.reload();
  await expect(embed.getByTestId('error')).toContainText('could not be fetched');
});
