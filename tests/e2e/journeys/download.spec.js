import { expect, test } from '../pages/vitrine.js';

/** Names of model files that were asked for. */
function watchModel(page) {
  const asked = [];
  page.on('request', (request) => {
    const name = new URL(request.url()).pathname.match(/models\/sentiment\/(.+)$/)?.[1];
    if (name) asked.push(name);
  });
  return asked;
}

test('the second visit downloads nothing', async ({ vitrine, page }) => {
  const [, , first] = await vitrine.openLab();
  expect(first.fetched_bytes).toBeGreaterThan(20e6);
  expect(first.stored).toBe(true);
  const asked = watchModel(page);
  await page.reload();
  const [, , second] = await vitrine.ready();
  expect(second.fetched_bytes).toBe(0);
  expect(asked).toEqual(['manifest.json']);
});

test.describe('with faults on the way', () => {
  test.use({ allowed: [/Failed to load resource/, /net::ERR/] });

  test('an interrupted download goes on where it stopped', async ({ vitrine, page }) => {
    await page.context().route('**/model.safetensors.007', (route) => route.abort());
    await vitrine.open('./#/lab');
    await expect(vitrine.error).toContainText('was interrupted; check the connection and try again, it goes on where it stopped');
    await page.context().unroute('**/model.safetensors.007');
    const asked = watchModel(page);
    await page.getByRole('button', { name: 'Try again' }).click();
    const [, , load] = await vitrine.ready();
    expect(load.cached_bytes).toBeGreaterThan(10e6);
    expect(load.fetched_bytes).toBeGreaterThan(0);
    expect(asked).not.toContain('model.safetensors.000');
    expect(asked).toContain('model.safetensors.007');
  });

  test('a damaged piece is fetched again once', async ({ vitrine, page }) => {
    let times = 0;
    await page.context().route('**/model.safetensors.003', async (route) => {
      times += 1;
      if (times > 1) return route.continue();
      const response = await route.fetch();
      const body = await response.body();
      body[1000] ^= 1;
      return route.fulfill({ response, body });
    });
    await vitrine.openLab();
    expect(times).toBe(2);
  });

  test('a piece that stays damaged is reported', async ({ vitrine, page }) => {
    await page.context().route('**/model.safetensors.003', (route) => route.fulfill({ body: 'not the weights' }));
    await vitrine.open('./#/lab');
    await expect(vitrine.error).toContainText('arrived damaged twice');
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  });

  test('a missing file names itself', async ({ vitrine, page }) => {
    await page.context().route('**/tokenizer.json', (route) => route.fulfill({ status: 404, body: 'gone' }));
    await vitrine.open('./#/lab');
    await expect(vitrine.error).toContainText('The server answered 404 for tokenizer.json');
  });

  test('a file that is no model is refused in one sentence', async ({ vitrine, page }) => {
    await page.context().route('**/manifest.json', (route) => route.fulfill({ body: '<html>hello</html>' }));
    await vitrine.open('./#/lab');
    await expect(vitrine.error).toContainText('manifest.json cannot be used');
  });
});

test('a full storage means running from memory, and that is said', async ({ vitrine }) => {
  await vitrine.prependToWorker(`Cache.prototype.put = async () => { throw new DOMException('full', 'QuotaExceededError'); };`);
  const [, , load] = await vitrine.openLab();
  expect(load.stored).toBe(false);
  await vitrine.device.getByText('why?').click();
  await expect(vitrine.device).toContainText('could not keep them');
  await vitrine.explain('a great movie');
});
