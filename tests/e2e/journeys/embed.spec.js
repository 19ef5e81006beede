import AxeBuilder from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, root, test } from '../pages/vitrine.js';

// A link that was released: “the plot is dull but funny”, by integrated gradients, with what it measured.
const PAYLOAD = readFileSync(path.join(root, 'docs/embedding/payload.txt'), 'utf8').trim();

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** A page of someone else's, on the test's own server. */
async function host(page, body) {
  await page.route('**/someone.html', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><html lang="en"><title>Someone's page</title><body>${body}` }));
  await page.goto('./someone.html');
}

test('an embed shows what it is asked for, without an engine, as high as it needs', async ({ page, vitrine }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`./embed.html#/${PAYLOAD}?show=claim,figure`);
  const embed = page.getByTestId('embed');
  await expect(embed.getByTestId('claim')).toContainText('“dull” decided it');
  await expect(embed.locator('[data-token=dull]')).toBeVisible();
  await expect(embed.getByTestId('status')).toHaveAttribute('data-state', 'sent');
  await expect(embed.getByTestId('receipt')).toHaveCount(0);
  await expect(page.getByRole('navigation')).toHaveCount(0);
  expect(asked.filter((url) => /worker|models|lab_|sw\.js/.test(url))).toEqual([]);
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 200, height: 700 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(200);
  // A word that says nothing is named; what is damaged is said.
  await page.goto(`./embed.html#/${PAYLOAD}?show=claim,ribbon`);
  await page.reload();
  await expect(embed.getByTestId('fault')).toContainText('ribbon');
  await page.goto(`./embed.html#/${PAYLOAD.slice(0, -7)}`);
  await expect(embed.getByTestId('error')).toContainText('damaged on the way');
});

test('two figures on one page: one has an engine, and both keep their picture', async ({ page, vitrine }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await host(page, `<script defer src="vitrine-figure.js"></script>${`<vitrine-figure src="embed.html?device=cpu#/${PAYLOAD}" title="Why"></vitrine-figure>`.repeat(2)}<vitrine-figure src="javascript:alert(1)"></vitrine-figure>`);
  const frames = [0, 1].map((which) => page.locator('vitrine-figure').nth(which));
  const figures = frames.map((frame) => frame.frameLocator('iframe'));
  for (const [which, figure] of figures.entries()) {
    await expect(figure.getByTestId('claim')).toContainText('“dull” decided it');
    const height = await figure.getByTestId('embed').evaluate((embed) => embed.getBoundingClientRect().height);
    await expect.poll(() => frames[which].locator('iframe').evaluate((frame) => frame.clientHeight)).toBeGreaterThanOrEqual(Math.floor(height));
  }
  await expect(page.locator('vitrine-figure').nth(2)).toContainText('has no address');
  // An engine has helpers of its own.
  const engines = async () => (await Promise.all(page.workers().map((worker) => worker.evaluate(() => self.name)))).filter((name) => name !== 'helper').length;
  await figures[0].getByTestId('check').click();
  await expect(figures[0].getByTestId('status')).toHaveAttribute('data-state', 'agrees');
  await expect.poll(engines).toBe(1);
  await figures[1].getByTestId('check').click();
  await expect(figures[1].getByTestId('status')).toHaveAttribute('data-state', 'agrees');
  await expect.poll(engines).toBe(1);
  await expect(figures[0].getByTestId('status')).toHaveAttribute('data-state', 'agrees');
  await expect(figures[0].locator('[data-token=dull]')).toBeVisible();
});

test('what is dropped onto an embed opens there', async ({ page, vitrine }) => {
  const reference = (name) => readFileSync(path.join(root, `tests/reference/${name}.json`));
  const other = readFileSync(path.join(root, 'crates/share/tests/links.txt'), 'utf8').match(/^v1\.\S+(?=\n  recipe [^\n]*"id":"vote")/m)[0];
  await page.goto(`./embed.html#/${PAYLOAD}?show=claim&theme=dark`);
  const claim = page.getByTestId('claim');
  await expect(claim).toContainText('“dull” decided it');
  const drop = (name, bytes) => page.evaluate(([name, base64]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, [name, Buffer.from(bytes).toString('base64')]);
  await drop('report.html', `<!doctype html><html><head><meta name="vitrine-link" content="${other}"></head>`);
  await expect(claim).toContainText('chains say 14');
  // Its pieces and its paper stay as the page has them.
  expect(page.url()).toContain(`#/${other}?show=claim&theme=dark`);
  await drop('finding.json', reference('courtroom'));
  await expect(page.getByTestId('beside')).toContainText('right with the chain');
  // A question has no result, and what is none of ours is said; what was shown stays.
  await drop('recipe.json', JSON.stringify(JSON.parse(reference('patch')).recipe));
  await expect(page.getByTestId('not-opened')).toContainText('This file holds a question and no result');
  await drop('photo.jpg', [0xff, 0xd8, 0xff, 0xe0]);
  await expect(page.getByTestId('not-opened')).toContainText('neither a picture nor a text');
  await expect(page.getByTestId('beside')).toContainText('right with the chain');
  expect(await violations(page)).toEqual([]);
});

for (const name of ['article', 'slides', 'course']) {
  test(`the ${name} of the documentation shows its figures`, async ({ page, vitrine }) => {
    const body = readFileSync(path.join(root, `docs/embedding/${name}.html`), 'utf8').replaceAll('https://your.host/vitrine/', './').replaceAll('PAYLOAD', PAYLOAD);
    await page.route('**/someone.html', (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto('./someone.html');
    await expect(page.frameLocator('iframe').first().getByTestId('claim')).toContainText('“dull” decided it');
    expect(await violations(page)).toEqual([]);
  });
}
