import { readFileSync } from 'node:fs';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, root, test, tinyModel } from '../pages/vitrine.js';

const SENTENCE = 'the plot is dull but funny';

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** What looks wrong in either paper, at 1440 and 360 pixels; and the pictures of it. */
async function look(page, name) {
  const found = [];
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1440, 360]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 1000 });
      found.push(...(await violations(page)));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) found.push(`${wide} px wide at ${width}`);
      await page.screenshot({ path: `screenshots/${name}-${colorScheme}-${width}.png`, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1440, height: 1000 });
  return found;
}

/** Saves a kind of file and returns its path; its size stands there before it is pressed. */
async function save(page, kind) {
  const button = page.getByTestId(`save-${kind}`);
  await expect(button).toBeEnabled();
  await expect(page.locator('.take__row', { has: button })).toContainText(/\d kB/);
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return [await download.path(), download.suggestedFilename()];
}

/** Drops a file on the page. */
async function drop(page, name, bytes) {
  await page.evaluate(([name, base64]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, [name, Buffer.from(bytes).toString('base64')]);
}

const pages = (pdf) => pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g).length;

test('what is shown is taken along, and opens again', async ({ vitrine, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  const explained = await vitrine.explain(SENTENCE);
  // What is copied holds the receipt, which would otherwise arrive between the copy and the look at it.
  await expect(page.getByTestId('measure').or(page.getByTestId('verdict'))).toBeVisible();
  if (await page.getByTestId('measure').isVisible()) await page.getByTestId('measure').click();
  await page.waitForFunction(() => window.__vitrine.last.receipt);
  await page.getByTestId('take').press('Enter');
  await page.getByText('Add your own words').press('Enter');
  await page.getByLabel('What it is about').fill('<b>Why?</b> \u202edlrow');
  await page.getByTestId('words-note').fill('Please look at “but”.\nIt was not enough.');
  await page.getByLabel('Your name').fill('<img src=x onerror=alert(1)>');
  await page.getByLabel('Date').fill('2026-11-14');
  await page.getByTestId('copy-link').press('Enter');
  await expect(page.getByTestId('copy-link')).toHaveText(/Copied, \d\.\d kB/);
  await expect(page.getByTestId('copy-link')).toHaveText('Copy');
  const link = await page.getByTestId('link').inputValue();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  // Which device this visit asks for is no part of it.
  expect(new URL(link).search).toBe('');
  await page.getByTestId('code').press('Enter');
  await expect(page.getByRole('img', { name: 'A QR code of this address' })).toBeVisible();
  for (const kind of ['png', 'svg', 'html', 'json', 'csv']) await expect(page.getByTestId(`save-${kind}`)).toBeEnabled();
  expect(await look(page, 'take')).toEqual([]);

  const [picture, pictureName] = await save(page, 'png');
  expect(pictureName).toBe('vitrine-strip.png');
  const [report] = await save(page, 'html');
  const [json] = await save(page, 'json');
  const [vector] = await save(page, 'svg');
  expect(readFileSync(vector, 'utf8')).toContain('<svg');
  const finding = JSON.parse(readFileSync(json, 'utf8'));
  expect(finding.scores).toEqual(explained.scores);
  const [table] = await save(page, 'csv');
  const rows = readFileSync(table, 'utf8');
  expect(rows.split('\r\n').length).toBeGreaterThan(5);
  await page.getByTestId('take-figure').selectOption('river');
  expect((await save(page, 'png'))[1]).toBe('vitrine-river.png');

  // Dropped or picked, each opens what it holds, and the sender's words are text.
  await drop(page, 'x.png', readFileSync(picture));
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', /sent|running|agrees/);
  const sender = page.getByTestId('sender');
  await expect(sender).toContainText('<b>Why?</b> dlrow');
  await expect(sender).toContainText('<img src=x onerror=alert(1)>, 14 November 2026');
  expect(await sender.locator('img, b').count()).toBe(0);
  expect(await look(page, 'sender')).toEqual([]);
  for (const [file, name] of [[report, 'report.html'], [json, 'finding.json']]) {
    await page.goto('./#/lab');
    await page.getByTestId('open-file').setInputFiles({ name, mimeType: 'text/plain', buffer: readFileSync(file) });
    await expect(page.getByTestId('status')).toHaveAttribute('data-state', /sent|running|agrees/);
    await expect(page.locator('[data-testid=token][data-token=dull]')).toHaveAttribute('data-score', /\d/);
  }
  // Both fit on two pages.
  expect(pages(await page.pdf({ path: 'screenshots/shared.pdf', format: 'A4', printBackground: true }))).toBeLessThanOrEqual(2);
  // The picture opens on an embed too.
  await page.goto(`./embed.html#/${readFileSync(path.join(root, 'docs/embedding/payload.txt'), 'utf8').trim().slice(0, -9)}`);
  await expect(page.getByTestId('error')).toContainText('damaged on the way');
  await drop(page, 'x.png', readFileSync(picture));
  await expect(page.locator('[data-token=dull]')).toBeVisible();
  await expect(page.getByTestId('error')).toHaveCount(0);
});

/** The tensors of a safetensors file: names, shapes, numbers. */
function tensors(file) {
  const length = Number(file.readBigUInt64LE(0));
  const data = file.subarray(8 + length);
  const header = Object.entries(JSON.parse(file.subarray(8, 8 + length)));
  return Object.fromEntries(header.map(([name, { dtype, shape, data_offsets: [start, end] }]) => {
    const numbers = Array.from({ length: (end - start) / 4 }, (_, at) => data.readFloatLE(start + 4 * at));
    return [name, { dtype, shape, numbers }];
  }));
}

test('activations are taken along as safetensors, and are those that the figures show', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.explain(SENTENCE);
  await vitrine.panel('Attention');
  await page.waitForFunction(() => window.__vitrine.last.schema === 'vitrine.attention/1');
  const { patterns, n_layers: layers, n_heads: heads, input } = await vitrine.last();
  await page.getByTestId('take').click();
  await expect(page.getByTestId('activations-said')).toContainText('reads the text once more');
  await page.getByTestId('take-sites').selectOption('attn.hook_pattern');
  const row = page.locator('.take__row', { has: page.getByTestId('save-safetensors') });
  await expect(row).toContainText("vitrine trace --sites 'blocks.*.attn.hook_pattern'");
  const keep = async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('save-safetensors').click()]);
    expect(download.suggestedFilename()).toBe('vitrine-activations.safetensors');
    return tensors(readFileSync(await download.path()));
  };
  const attention = await keep();
  await expect(page.getByTestId('activations-said')).toContainText(/^Saved, \d/);
  const n = input.tokens.length;
  expect(Object.keys(attention)).toEqual(patterns.map((_, layer) => `blocks.${layer}.attn.hook_pattern`));
  patterns.forEach((pattern, layer) => {
    const { dtype, shape, numbers } = attention[`blocks.${layer}.attn.hook_pattern`];
    expect([dtype, shape]).toEqual(['F32', [1, heads, n, n]]);
    expect(numbers).toEqual(pattern.flat(2).map(Math.fround));
  });
  await page.getByTestId('take-sites').selectOption('hook_resid_post');
  await expect(page.getByTestId('activations-said')).toContainText('reads the text once more');
  const stream = await keep();
  expect(Object.keys(stream)).toHaveLength(layers);
  expect(await look(page, 'activations')).toEqual([]);
});

test('what does not open says so in a sentence', async ({ vitrine, page }) => {
  await vitrine.open('./#/settings');
  await page.waitForFunction(() => window.__vitrine);
  const said = page.getByTestId('not-opened');
  // Forty megapixels by its header, and no recipe: no pixel is read.
  const crc = (bytes) => {
    let sum = 0xffffffff;
    for (const byte of bytes) {
      sum ^= byte;
      for (let i = 0; i < 8; i += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum >>> 0;
  };
  const number = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value); return bytes; };
  const chunk = (kind, data) => { const body = Buffer.concat([Buffer.from(kind), data]); return Buffer.concat([number(data.length), body, number(crc(body))]); };
  const header = Buffer.concat([number(8000), number(5000), Buffer.from([8, 6, 0, 0, 0])]);
  const large = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', Buffer.alloc(2_000_000, 7)), chunk('IEND', Buffer.alloc(0))]);
  for (const [name, bytes, sentence] of [
    ['photo.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'neither a picture nor a text that was saved here; choose a PNG, HTML or JSON file.'],
    ['large.png', large, 'This picture holds no explanation'],
    ['cut.png', large.subarray(0, 900), 'cut off or changed on the way'],
    ['other.html', Buffer.from('<!doctype html><p>hello'), 'This page holds no explanation; choose a report that was saved here.'],
    ['other.json', Buffer.from('{"schema":"<img src=x onerror=alert(1)>"}'), '<img src=x onerror=alert(1)>'],
    ['deep.json', Buffer.from('{"schema":'.repeat(100_000)), 'cannot be read'],
  ]) {
    await drop(page, name, bytes);
    await expect(said).toContainText(sentence);
  }
  expect(await violations(page)).toEqual([]);
  // A file that is too large is not read at all.
  await page.evaluate(() => {
    const file = new File(['{}'], 'huge.json');
    Object.defineProperty(file, 'size', { value: 90e6 });
    file.arrayBuffer = () => { throw new Error('it was read'); };
    const transfer = { files: { length: 1, item: () => file, 0: file } };
    const event = new DragEvent('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(event, 'dataTransfer', { value: transfer });
    document.body.dispatchEvent(event);
  });
  await expect(said).toContainText('This file has 90 MB, and at most 67 MB are opened; choose another.');
  await said.getByRole('button', { name: 'Close' }).click();
  await expect(said).toHaveCount(0);
});

test('without a clipboard the link is there to be copied by hand', async ({ vitrine, page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.explain(SENTENCE);
  await page.getByTestId('take').click();
  await page.getByTestId('copy-link').click();
  await expect(page.getByTestId('link-said')).toContainText('copy it by hand');
  const selected = await page.evaluate(() => window.getSelection().toString() || document.activeElement.value?.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd));
  expect(selected).toMatch(/#\/x\/v1\./);
  // What arrives later takes its place in the same rows: what is selected, said and being typed stays.
  const link = await page.getByTestId('link').inputValue();
  await page.evaluate(() => { window.location.hash += '&at=2'; });
  await expect(page.getByTestId('link')).not.toHaveValue(link);
  await expect(page.getByTestId('link-said')).toContainText('copy it by hand');
  expect(await page.getByTestId('link').evaluate((field) => field.value.slice(field.selectionStart, field.selectionEnd))).toMatch(/#\/x\/v1\./);
  await page.getByText('Add your own words').click();
  await page.getByTestId('words-note').pressSequentially('Please ');
  await page.evaluate(() => { window.location.hash = window.location.hash.replace('&at=2', '&at=1'); });
  await page.keyboard.type('look');
  await expect(page.getByTestId('words-note')).toHaveValue('Please look');
  await expect(page.getByTestId('words-note')).toBeFocused();
  // The Lab's finding fits on two pages, on light paper.
  await page.getByTestId('take').click();
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  expect(pages(await page.pdf({ path: 'screenshots/lab.pdf', format: 'A4', printBackground: true }))).toBeLessThanOrEqual(2);
});

test('where this device finds other numbers the sender’s picture stays below, hatched', async ({ vitrine, page, context }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.explain(SENTENCE);
  await page.getByTestId('take').click();
  const link = await page.getByTestId('link').inputValue();
  // Another model under the same name.
  await context.unroute('**/models/sentiment/**');
  const other = tinyModel((bytes) => bytes.fill(0, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 4096));
  await context.route('**/models/sentiment/**', (route) => route.fulfill({ body: other.get(new URL(route.request().url()).pathname.split('/').pop()) }));
  const reader = await context.newPage();
  await reader.emulateMedia({ reducedMotion: 'reduce' });
  await reader.goto(link.replace('#', '?device=cpu#'));
  await reader.getByTestId('check').click();
  await expect(reader.getByTestId('status')).toHaveAttribute('data-state', 'differs');
  await expect(reader.getByTestId('sent-picture')).toContainText('which this device does not find');
  await expect(reader.getByTestId('sent-picture').locator('[fill^="url(#hatch"]').first()).toBeAttached();
  expect(await look(reader, 'differs')).toEqual([]);
});
