import { expect, test } from '../pages/vitrine.js';

const SENTENCE = 'the bad film bad the film';
const METHOD = 'exact-shapley';

/** The scores of a method of many rows, asked for once the helpers are there. */
async function scores(page, vitrine, helpers) {
  await vitrine.explain('the film');
  await expect(page.getByTestId('device')).toHaveAttribute('data-helpers', String(helpers));
  await vitrine.methodSelect.selectOption(METHOD);
  await page.waitForFunction((id) => window.__vitrine.last?.method?.id === id, METHOD);
  await vitrine.explain(SENTENCE);
  await page.waitForFunction(([id, text]) => window.__vitrine.last?.method?.id === id && window.__vitrine.last.input.text === text, [METHOD, SENTENCE]);
  return (await vitrine.last()).scores;
}

const cores = (n) => `Object.defineProperty(navigator, 'hardwareConcurrency', { value: ${n} }); Object.defineProperty(navigator, 'deviceMemory', { value: 8 });`;

test('whoever helps, and whatever becomes of them, the numbers are the same', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu&crew=0#/lab');
  const alone = await scores(page, vitrine, 0);
  const machines = [
    // A machine of many cores, one with too little memory for more, one that says nothing of itself, workers without workers.
    [cores(64), 4],
    [cores(4).replace('value: 8', 'value: 2'), 1],
    [cores(undefined), 0],
    [`${cores(4)} delete self.Worker;`, 0],
    // Memory that a helper is refused.
    [`${cores(2)} if (self.name === 'helper') WebAssembly.instantiate = () => Promise.reject(new RangeError('Out of memory'));`, 0],
  ];
  for (const [i, [lines, helpers]] of machines.entries()) {
    await vitrine.prependToWorker(lines);
    await vitrine.openLab(`./?device=cpu&machine=${i}#/lab`);
    expect(await scores(page, vitrine, helpers)).toEqual(alone);
  }
});

test('a browser without relaxed multiply-add runs the other module, and finds the same but for the last digits', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu&crew=0#/lab');
  const fused = await scores(page, vitrine, 0);
  await expect(page.getByTestId('device')).toHaveAttribute('data-fused', 'true');
  await vitrine.prependToWorker('WebAssembly.validate = () => false;');
  await vitrine.openLab('./?device=cpu&crew=0&fused=none#/lab');
  const rounded = await scores(page, vitrine, 0);
  await expect(page.getByTestId('device')).toHaveAttribute('data-fused', 'false');
  expect(rounded).not.toEqual(fused);
  rounded.forEach((score, i) => expect(score).toBeCloseTo(fused[i], 4));
});

test('a helper that breaks in the middle is done without', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu&crew=0#/lab');
  const alone = await scores(page, vitrine, 0);
  const breaks = `${cores(2)}
    // Not on the points of the picture that comes first, which may be shared out as soon as the helper is there.
    if (self.name === 'helper') self.addEventListener('message', ({ data }) => { if (data.body?.work?.work?.without) throw new Error('a helper breaks'); });`;
  await vitrine.prependToWorker(breaks);
  await vitrine.openLab('./?device=cpu#/lab');
  await vitrine.explain('the film');
  await expect(page.getByTestId('device')).toHaveAttribute('data-helpers', '1');
  await vitrine.methodSelect.selectOption(METHOD);
  await page.waitForFunction((id) => window.__vitrine.last?.method?.id === id, METHOD);
  await vitrine.explain(SENTENCE);
  await page.waitForFunction((text) => window.__vitrine.last?.input.text === text, SENTENCE);
  await expect(page.getByTestId('device')).toHaveAttribute('data-helpers', '0');
  expect((await vitrine.last()).scores).toEqual(alone);
});

test('a page that nobody looks at goes on computing', async ({ vitrine, page }) => {
  await vitrine.useTinyModel();
  await vitrine.openLab('./?device=cpu&crew=0#/lab');
  await vitrine.explain('the film');
  const browser = await page.context().newCDPSession(page);
  await vitrine.textInput.fill(SENTENCE);
  await vitrine.run.click();
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  await browser.send('Page.setWebLifecycleState', { state: 'active' });
  await page.waitForFunction((text) => window.__vitrine.last?.input.text === text, SENTENCE);
});
