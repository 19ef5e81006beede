import AxeBuilder from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, root, test } from '../pages/vitrine.js';

// Every link that was released, with the question it holds.
const RELEASED = readFileSync(path.join(root, 'crates/share/tests/links.txt'), 'utf8').split(/\n(?=v)/)
  .map((block) => [block.split('\n')[0], block.match(/^ {2}recipe (.*)$/m)?.[1]])
  .flatMap(([payload, recipe]) => (recipe ? [{ payload, recipe: JSON.parse(recipe) }] : []));
const released = (id) => RELEASED.findLast(({ recipe }) => recipe.ask.id === id).payload;

const SENTENCE = 'the plot is dull but funny';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

test('an explanation is sent as a link, read without a model, and recomputed', async ({ vitrine, page, context, browser }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab();
  const explained = await vitrine.explain(SENTENCE);
  await page.getByTestId('take').click();
  await page.getByTestId('copy-link').click();
  await expect(page.getByTestId('copy-link')).toContainText('Copied, 0.');
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(address).toMatch(/#\/x\/v1\./);
  expect(address.length).toBeLessThan(700);

  // Who has nothing of the model.
  const fresh = await browser.newContext({ reducedMotion: 'reduce' });
  const reader = await fresh.newPage();
  const asked = [];
  reader.on('request', (request) => asked.push(request.url()));
  await reader.goto(address);
  const status = reader.getByTestId('status');
  await expect(status).toHaveAttribute('data-state', 'sent');
  await expect(reader.getByTestId('claim')).toContainText('“dull” decided it');
  // Nothing of a model or its engine was fetched.
  expect(asked.filter((url) => /worker|models/.test(url))).toEqual([]);
  const dull = reader.locator('[data-testid=token][data-token=dull]');
  expect(Math.abs(Number(await dull.getAttribute('data-score')) - explained.scores[4])).toBeLessThan(1e-5);
  await expect(reader.getByTestId('trust-line')).toContainText('No words were taken out to test it.');
  await expect(reader.getByTestId('what-it-is')).toContainText('one method (Integrated Gradients)');
  expect(await violations(reader)).toEqual([]);
  await reader.screenshot({ path: 'screenshots/shared.png', fullPage: true });
  await reader.setViewportSize({ width: 360, height: 740 });
  expect(await reader.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await reader.getByTestId('check').click();
  await expect(status).toHaveAttribute('data-state', 'agrees', { timeout: 60_000 });
  await expect(status).toContainText('Recomputed on your device: largest difference');
  // A word that is touched is taken out here.
  await dull.click();
  await expect(reader.getByTestId('without')).toContainText(/Without “dull” the model says POSITIVE, .* Predicted −?-?\d/);
  await reader.getByTestId('open-lab').click();
  await expect(reader.getByTestId('text-input')).toHaveValue(SENTENCE);
  // Where it is kept by now, the link is checked by itself.
  await reader.goto('about:blank');
  await reader.goto(address);
  await expect(status).toHaveAttribute('data-state', 'agrees', { timeout: 60_000 });

  // What was cut off, or is of another version, is said.
  await reader.goto(address.slice(0, -9));
  await expect(reader.getByTestId('error')).toContainText('damaged on the way');
  await reader.goto(address.replace('/v1.', '/v9.'));
  await expect(reader.getByTestId('error')).toContainText('version v9');
});

for (const [id, claim, beside] of [
  ['patch', /goes furthest|The difference/, 'in run A and'],
  ['probe', 'is easiest to read at layer', 'held-out rows'],
  ['chain', 'Step 2 was changed and the answer changed with it', 'changed by the reader'],
  ['vote', 'chains say 14', 'A vote is not a check'],
  ['courtroom', 'does what it says', 'right without the chain'],
  ['steer', 'Pushing at layer 3 from “hate” to “love”', 'Left alone it writes'],
]) {
  test(`what a ${id} came to is read from its link, without a model`, async ({ page, vitrine }) => {
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.setViewportSize({ width: 320, height: 740 });
    await page.goto(`./#/x/${released(id)}`);
    await expect(page.getByTestId('claim')).toContainText(claim);
    await expect(page.getByTestId('beside')).toContainText(beside);
    const status = page.getByTestId('status');
    await expect(status).toContainText('Computed by the sender');
    if (id === 'courtroom') await expect(status).toContainText('takes minutes');
    await expect(page.getByTestId('check')).toContainText('MB, once');
    expect(asked.filter((url) => /worker|models/.test(url))).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    expect(await violations(page)).toEqual([]);
  });
}

const asks = (id, data = '') => RELEASED.find(({ recipe }) => recipe.ask.id === id && (recipe.ask.data ?? '').startsWith(data)).payload;

test('probes that were sent are trained again, on a table of the page', async ({ page, vitrine }) => {
  await page.goto(`./?device=cpu#/x/${asks('probe', '7ec58665')}`);
  await expect(page.getByTestId('claim')).toContainText('is easiest to read at layer 5');
  const status = page.getByTestId('status');
  await page.getByTestId('check').click();
  await expect(status).toContainText('of 407 steps');
  await expect(status).toHaveAttribute('data-state', 'agrees', { timeout: 120_000 });
  await expect(status).toContainText('Recomputed on your device: largest difference');
  // A table that does not come is said, and what was sent stays.
  await page.goto('about:blank');
  await page.route('**/data/tense.tsv', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(`./?device=cpu#/x/${asks('probe', '7ec58665')}`);
  await page.getByTestId('check').click();
  await expect(status).toContainText('did not come from where the page is hosted');
  await expect(page.getByTestId('claim')).toContainText('is easiest to read at layer 5');
  // That of the sender is no part of a link.
  await page.goto(`./?device=cpu#/x/${asks('probe', 'ba26868c')}`);
  await expect(status).toContainText("the sender's own table");
  await expect(page.getByTestId('check')).toHaveCount(0);
});

test('a test of many problems that was sent is run again', async ({ page, vitrine }) => {
  await page.goto(`./?device=cpu#/x/${asks('courtroom')}`);
  await page.getByTestId('check').click();
  const status = page.getByTestId('status');
  await expect(status).toHaveAttribute('data-state', 'agrees', { timeout: 150_000 });
  await expect(status).toHaveText('Recomputed on your device: the same counts over all 2 problems.');
});

test('a map of the Lab is sent, and computed again by who opens it', async ({ page, vitrine, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const [a, b] = [SENTENCE, SENTENCE.replace('dull', 'sharp')].map(encodeURIComponent);
  await vitrine.openLab(`./?device=cpu#/lab?model=sentiment&ask=patch&clean=${a}&corrupt=${b}&view=patching`);
  // Every cell is run, and that is what is taken along.
  await expect(page.getByTestId('patching')).toHaveAttribute('data-run', '48');
  const said = await page.getByTestId('patching-claim').textContent();
  await page.getByTestId('take').click();
  await page.getByTestId('copy-link').click();
  await expect(page.getByTestId('copy-link')).toContainText('Copied');
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(address).toMatch(/#\/x\/v1\./);
  await page.goto('about:blank');
  await page.goto(address);
  await expect(page.getByTestId('claim')).toHaveText(said);
  const status = page.getByTestId('status');
  // It is kept here by now, and short.
  await expect(status).toHaveAttribute('data-state', 'agrees');
  await expect(status).toContainText('largest difference');
  // What was computed here goes along into the Lab, where nothing of it is run again; the heads beside it are new.
  await page.evaluate(() => { window.__asked = []; Worker.prototype.postMessage = new Proxy(Worker.prototype.postMessage, { apply: (post, worker, [message, ...rest]) => { if (message?.body?.run?.recipe) window.__asked.push(message.body.run.recipe.ask); return Reflect.apply(post, worker, [message, ...rest]); } }); });
  await page.getByTestId('open-lab').click();
  await expect(page.getByTestId('patching')).toHaveAttribute('data-run', '48');
  await expect(page.getByTestId('patching-claim')).toHaveText(said);
  await expect(vitrine.stop).toBeDisabled();
  expect((await page.evaluate(() => window.__asked)).filter((ask) => ask.id === 'patch' && !ask.approximate && ask.site !== 'head')).toEqual([]);
});

test('a chain that was sent is written again, by a model that is fetched when asked for', async ({ page, vitrine }) => {
  const payload = RELEASED.find(({ recipe }) => recipe.ask.id === 'chain' && recipe.ask.inject === null).payload;
  await page.goto(`./?device=cpu#/x/${payload}`);
  await expect(page.getByTestId('claim')).toContainText('The chain comes to 24, which is right.');
  await page.getByTestId('check').click();
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', 'agrees', { timeout: 150_000 });
  await expect(page.getByTestId('status')).toHaveText('Recomputed on your device: the same chain, word for word.');
});

test('a link that is left while it is checked says nothing more, and what was found is kept', async ({ page, vitrine }) => {
  await vitrine.useTinyModel();
  await page.goto(`./?device=cpu#/x/${RELEASED.find(({ recipe }) => recipe.ask.id === 'explain').payload}`);
  await page.getByTestId('check').click();
  await page.evaluate(() => { window.location.hash = '#/nowhere'; });
  await expect(page.getByTestId('check')).toHaveCount(0);
  await page.waitForFunction(() => window.__vitrine.findings.length > 0);
});

test('a link is read, checked, taken along and asked again with the keyboard alone', async ({ page, vitrine }) => {
  await vitrine.useTinyModel();
  await page.goto(`./?device=cpu#/x/${RELEASED.find(({ recipe }) => recipe.ask.id === 'explain').payload}`);
  await expect(page.getByTestId('check')).toBeVisible();
  // Tab until something has the focus that is looked for; nothing on the way holds it.
  const reach = async (id) => {
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((wanted) => document.activeElement?.dataset.testid === wanted, id)) return;
    }
    throw new Error(`no Tab leads to ${id}`);
  };
  await reach('check');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', 'differs');
  await reach('take');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('take-it')).toBeVisible();
  await reach('link');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('link')).toBeFocused();
  await page.reload();
  await expect(page.getByTestId('check')).toBeVisible();
  await reach('open-lab');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('text-input')).toBeVisible();
});
