import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

const rows = (n) => Array.from({ length: n }, (_, at) => `"a ${['good', 'bad'][at % 2]}, ${'very '.repeat(at % 7)}film ${at}",${['yes', 'no'][at % 2]}`).join('\n');

async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

async function openProbes(vitrine) {
  await vitrine.openLab();
  await vitrine.textInput.fill('a great movie');
  await vitrine.run.click();
  await expect(vitrine.stop).toBeDisabled();
  await vitrine.panel('Probes');
}

test('a table of the page: a bar for each layer, and what is read there taken out', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openProbes(vitrine);
  await expect(page.getByTestId('probes')).toHaveCount(0);
  await page.getByTestId('probe-run').click();
  await expect(page.getByTestId('probes')).toHaveAttribute('data-layers', '7');
  await expect(vitrine.stop).toBeDisabled();
  await expect(page.getByTestId('probes-claim')).toContainText('is easiest to read at layer');
  const found = await vitrine.last();
  expect(found).toMatchObject({ schema: 'vitrine.probe/1', n: 400, used: null });
  // The bars stand after the first draw of what is held out; the others bring their interval.
  expect(found.layers.map(({ over }) => over.seeds)).toEqual(Array(7).fill(5));
  await expect(page.getByTestId('probes-claim')).toContainText('over 5 draws');
  await page.getByTestId('take-out').click();
  await expect(page.getByTestId('used')).toBeVisible();
  const { used } = await vitrine.last();
  expect(used.n).toBe(20);
  expect(page.url()).toContain(`layer=${used.layer}`);
  await page.reload();
  await expect(page.getByTestId('used')).toBeVisible();
  expect((await vitrine.last()).used).toEqual(used);
  await vitrine.screenshot('probes-classifier');
});

test('a table of the reader’s own, with commas and quotes; what is none is said', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await openProbes(vitrine);
  await page.getByTestId('table-select').selectOption('own');
  await page.getByTestId('paste-table').fill('no table');
  await page.getByTestId('probe-own').click();
  await expect(vitrine.error).toContainText('line 1 of the table');
  await page.getByTestId('paste-table').fill(rows(3));
  await page.getByTestId('probe-own').click();
  await expect(vitrine.error).toContainText('a probe needs 4 of each');
  await page.getByTestId('paste-table').fill(rows(40).replaceAll(',no', ',yes'));
  await page.getByTestId('probe-own').click();
  await expect(vitrine.error).toContainText('every row has the label');
  await page.getByTestId('pick-table').setInputFiles({ name: 'large.csv', mimeType: 'text/csv', buffer: Buffer.from(rows(20_000)) });
  await expect(vitrine.error).toContainText('20000 rows');
  // What was pasted is still there.
  await expect(page.getByTestId('paste-table')).toHaveValue(/every|good/);
  await page.getByTestId('pick-table').setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(rows(40)) });
  await expect(page.getByTestId('probes')).toBeVisible();
  await expect(vitrine.stop).toBeDisabled();
  const found = await vitrine.last();
  expect([found.n, found.labels]).toEqual([40, ['no', 'yes']]);
  // After a reload the table has to be given again.
  await page.reload();
  await expect(page.getByTestId('other-table')).toContainText(found.resolved.ask.data);
});

for (const scheme of ['light', 'dark']) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing on the bars, ${scheme}, ${width}`, async ({ vitrine, page }) => {
      await page.setViewportSize({ width, height: 1000 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await vitrine.useTinyModel();
      await openProbes(vitrine);
      await page.getByTestId('table-select').selectOption('own');
      expect(await violations(page)).toEqual([]);
      await page.getByTestId('paste-table').fill(rows(40));
      await page.getByTestId('probe-own').click();
      await expect(page.getByTestId('probes')).toBeVisible();
      await expect(vitrine.stop).toBeDisabled();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await vitrine.screenshot(`probes-${scheme}-${width}`);
    });
  }
}
