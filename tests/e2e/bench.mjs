// Times the built page in Chromium and prints a table; with VITRINE_PEERS also transformers.js, turn by turn; with
// VITRINE_PYTHON and VITRINE_HF also PyTorch, with VITRINE_SENTIMENT the classifier's methods in captum, shap and lime.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { links } from './links.mjs';
import { memory } from './memory.mjs';
import { story } from './story.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { VITRINE_PEERS: peers, VITRINE_PYTHON: python, VITRINE_HF: folder, VITRINE_SENTIMENT: classifier } = process.env;
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SEQ = 32;
const ROUNDS = { 1: 10, 8: 5, 32: 3 };
const SENTENCE = 'the acting is terrible and the story is worse';

const ids = (batch) => Array.from({ length: batch }, (_, row) => {
  let state = 12345 + row;
  return Array.from({ length: SEQ }, (_, i) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    if (i === 0) return 101;
    return i === SEQ - 1 ? 102 : 1000 + (state % 28000);
  });
}).flat();
const best = (times) => Math.min(...times).toFixed(0);
const median = (times) => times.slice().sort((a, b) => a - b)[times.length >> 1].toFixed(0);

const server = spawn('cargo', ['run', '--quiet', '-p', 'xtask', '--', 'host', 'dist', '8139'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
await new Promise((resolve) => server.stdout.once('data', resolve));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

async function open(context, address) {
  const page = await context.newPage();
  page.setDefaultTimeout(240_000);
  await page.goto(address);
  return page;
}

const cold = [];
const warm = [];
let ours;
for (let round = 0; round < 3; round += 1) {
  const context = await browser.newContext();
  for (const times of [cold, warm]) {
    ours = await open(context, 'http://127.0.0.1:8139/?device=cpu');
    // From navigation to the moment when what the page carries has been computed again on this device, its button pressed at once.
    times.push(await ours.evaluate(async () => {
      const poll = (done) => new Promise((resolve) => { const look = () => (done() ? resolve() : requestAnimationFrame(look)); look(); });
      const button = () => document.querySelector('[data-testid=ask-why]');
      await poll(button);
      button().click();
      await poll(() => window.__vitrine?.last);
      return performance.now();
    }));
    if (times === cold) await ours.close();
  }
}

let theirs;
let host;
if (peers) {
  const { serve } = await import(pathToFileURL(path.join(peers, 'server.mjs')));
  host = await serve({ mounts: { '/': path.join(peers, 'public'), '/nm/': path.join(peers, 'node_modules'), '/lm/': path.join(root, 'tests/e2e/peers') } });
  theirs = await open(await browser.newContext(), `${host.origin}/tfjs.html?device=wasm&dtype=fp32&threads=1`);
  await theirs.waitForFunction(() => window.__bench);
  const info = await theirs.evaluate(() => window.__bench.ready);
  console.log(`transformers.js from navigation to the first result: ${info.marks.first_result.toFixed(0)} ms`);
}

console.log('\n| what | best ms | median ms | peer best | peer median |\n|---|---|---|---|---|');
const row = (what, mine, peer) => console.log(`| ${what} | ${best(mine)} | ${median(mine)} | ${peer ? best(peer) : '–'} | ${peer ? median(peer) : '–'} |`);
row('navigation to a live explanation, nothing cached', cold);
row('the same, second visit', warm);
// One worker first, beside a peer of one thread, then the same with the helpers that this machine has room for.
const alone = await open(await browser.newContext(), 'http://127.0.0.1:8139/?device=cpu&crew=0#/lab');
await alone.evaluate(() => window.__vitrine.ready);
await ours.goto('http://127.0.0.1:8139/?device=cpu#/lab');
await ours.getByTestId('text-input').fill(SENTENCE);
await ours.getByTestId('run').click();
await ours.waitForFunction((text) => window.__vitrine.last?.input.text === text, SENTENCE);
await ours.locator('[data-testid=device]:not([data-helpers="0"])').waitFor({ timeout: 30_000 }).catch(() => {});
const helpers = Number(await ours.getByTestId('device').getAttribute('data-helpers'));
for (const [batch, rounds] of Object.entries(ROUNDS)) {
  const request = { ids: ids(Number(batch)), batch: Number(batch), seq: SEQ };
  const [mine, together, peer] = [[], [], []];
  for (let i = 0; i <= rounds; i += 1) {
    const times = [];
    for (const page of [alone, ours]) times.push((await page.evaluate((asked) => window.__vitrine.bench({ ...asked, device: 'cpu' }), request)).ms);
    if (theirs) times.push((await theirs.evaluate((asked) => window.__bench.forward(asked), request)).ms);
    // The first round warms up.
    if (i > 0) { mine.push(times[0]); together.push(times[1]); peer.push(times[2]); }
  }
  row(`forward, ${batch} × ${SEQ} tokens, one worker`, mine, theirs && peer);
  if (helpers > 0) row(`the same with ${helpers} more`, together);
}
await alone.close();
await ours.goto('http://127.0.0.1:8139/?device=cpu#/lab');
await ours.evaluate(() => window.__vitrine.ready);
await ours.getByTestId('nodes-select').selectOption('50');
await ours.evaluate(() => {
  window.__longest = 0;
  const note = (list) => list.getEntries().forEach((entry) => { window.__longest = Math.max(window.__longest, entry.duration); });
  new PerformanceObserver(note).observe({ entryTypes: ['longtask'] });
});
const explain = [];
for (let i = 0; i < 5; i += 1) {
  await ours.getByTestId('text-input').fill(`${SENTENCE}${' '.repeat(i)}`);
  await ours.getByTestId('run').click();
  await ours.waitForFunction((text) => window.__vitrine.last?.input.text === text, `${SENTENCE}${' '.repeat(i)}`);
  explain.push(Number((await ours.getByTestId('provenance').textContent()).match(/(\d+) ms/)[1]));
}
row('integrated gradients, 50 nodes, 11 tokens', explain);
// Every method that samples or enumerates, each on a text that was not run before; the peers are asked at the end.
const METHODS = ['gradient-x-input', 'smoothgrad', 'occlusion', 'partition-shap', 'lime', 'exact-shapley'];
for (const [place, method] of METHODS.entries()) {
  const times = [];
  for (let i = 0; i < 3; i += 1) {
    const text = `${SENTENCE}${' '.repeat(10 + 3 * place + i)}`;
    await ours.goto(`http://127.0.0.1:8139/?device=cpu#/lab?model=sentiment&text=${encodeURIComponent(text)}&ask=explain&method=${method}`);
    await ours.waitForFunction(([id, wanted]) => window.__vitrine.last?.method?.id === id && window.__vitrine.last.recipe.text === wanted, [method, text]);
    times.push(Number((await ours.getByTestId('provenance').textContent()).match(/(\d+) ms/)[1]));
  }
  row(`${method}, 9 words`, times);
}
const classified = (await ours.evaluate(() => window.__vitrine.last)).logits;
// The language model: fetched, then forward, writing, every attention pattern, the residual stream.
const PROMPT = 'When Mary and John went to the store, John gave a bottle to';
const LONGER = 'The quick brown fox jumps over the lazy dog while the old man and the sea wait for the storm that never comes to the quiet town at the end of the road';
await ours.getByTestId('model-select').selectOption('smollm2-135m');
await ours.getByTestId('fetch-model').click();
await ours.getByTestId('load-report').waitFor();
const languageIds = (n) => Array.from({ length: n }, (_, i) => 1000 + ((i * 7919) % 40000));
await theirs?.close();
theirs = undefined;
if (peers && existsSync(path.join(peers, 'public/models/smollm2/onnx/model.onnx'))) {
  theirs = await open(await browser.newContext(), `${host.origin}/lm/smollm2.html`);
  await theirs.waitForFunction(() => window.__bench);
  await theirs.evaluate(() => window.__bench.ready);
}
// Handing fifty thousand logits to this script holds the page up; that is no task of its own.
const longestSoFar = await ours.evaluate(() => window.__longest);
for (const n of [14, 32]) {
  const [mine, peer] = [[], []];
  for (let i = 0; i < 6; i += 1) {
    const asked = { model: 'smollm2-135m', ids: languageIds(n), batch: 1, seq: n, device: 'cpu' };
    const result = await ours.evaluate((request) => window.__vitrine.bench(request), asked);
    const other = await theirs?.evaluate((request) => window.__bench.forward(request), asked);
    const off = other && Math.max(...other.logits.map((logit, token) => Math.abs(logit - result.logits[0][token])));
    if (off > 1e-2) throw new Error(`the peer's logits differ by ${off}: it is another model`);
    if (i > 0) { mine.push(result.ms); peer.push(other?.ms); }
  }
  row(`smollm2 forward, ${n} tokens`, mine, theirs && peer);
}
await ours.evaluate((before) => { window.__longest = before; }, longestSoFar);
await ours.getByTestId('text-input').fill(PROMPT);
await ours.getByTestId('run').click();
await ours.getByTestId('write').waitFor();
const decode = { mine: [], peer: [] };
for (let i = 0; i < 3; i += 1) {
  await ours.getByTestId('write').click();
  await ours.getByText(/tokens, .* a second/).waitFor();
  const written = ours.getByTestId('written');
  decode.mine.push(Number(await written.getAttribute('data-millis-per-token')));
  const n = Number((await ours.getByText(/tokens, .* a second/).textContent()).match(/^(\d+) tokens/)[1]);
  if (theirs) decode.peer.push((await theirs.evaluate((request) => window.__bench.write(request), { ids: languageIds(14), n })).ms);
  await ours.getByTestId('text-input').fill(`${PROMPT}${' '.repeat(i + 1)}`);
  await ours.getByTestId('run').click();
  await written.waitFor({ state: 'detached' });
}
row('smollm2 writing, per token, the prompt’s forward shared out', decode.mine, theirs && decode.peer);
await theirs?.close();
const inside = { Attention: [], 'Residual stream': [] };
for (let i = 0; i < 3; i += 1) {
  await ours.getByTestId('text-input').fill(`${LONGER}${'.'.repeat(i)}`);
  await ours.getByTestId('run').click();
  // The answer replaces what the panels showed before.
  await ours.waitForFunction((text) => window.__vitrine.last?.input.text === text, `${LONGER}${'.'.repeat(i)}`);
  for (const [panel, times] of Object.entries(inside)) {
    await ours.getByRole('tab', { name: panel, exact: true }).click();
    await ours.locator(panel === 'Attention' ? '.attention__canvas' : '.stream__picture').waitFor();
    times.push(Number((await ours.getByTestId('provenance').textContent()).match(/(\d+) ms/)[1]));
  }
  await ours.getByRole('tab', { name: 'Attribution' }).click();
}
row('smollm2 all attention patterns, 32 tokens', inside.Attention);
row('smollm2 residual stream, 32 tokens', inside['Residual stream']);
// The panels once more, with their data there: how long until all thumbnails are painted, and how steadily the stream moves.
const thumbnails = [];
for (let i = 0; i < 5; i += 1) {
  await ours.getByRole('tab', { name: 'Attribution' }).click();
  thumbnails.push(await ours.evaluate(async () => {
    const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const began = performance.now();
    [...document.querySelectorAll('.tabs__tab')].find((tab) => tab.textContent === 'Attention').click();
    const painted = () => {
      const canvas = document.querySelector('.attention__canvas');
      return canvas?.width > 300 && canvas.getContext('2d').getImageData(canvas.width - 10, 10, 1, 1).data[3] === 255;
    };
    while (!painted()) await frame();
    return performance.now() - began;
  }));
}
row('smollm2, thumbnails of all heads drawn', thumbnails);
await ours.getByRole('tab', { name: 'Residual stream', exact: true }).click();
await ours.locator('.stream__picture').waitFor();
const gaps = await ours.evaluate(() => new Promise((resolve) => {
  const times = [];
  const note = (time) => {
    times.push(time);
    if (times.length < 180) requestAnimationFrame(note);
    else resolve(times.slice(1).map((later, i) => later - times[i]));
  };
  requestAnimationFrame(note);
}));
row('smollm2, residual stream playing, a frame', gaps);
console.log(`| of these, frames later than 25 ms | ${gaps.filter((gap) => gap > 25).length} of ${gaps.length} | – | – | – |`);
// The maps between two prompts: those by estimate and the largest cells of each come by themselves, the others at a press.
await ours.getByTestId('text-input').fill(PROMPT);
await ours.getByTestId('run').click();
await ours.waitForFunction((text) => window.__vitrine.last?.input.text === text, PROMPT);
await ours.getByRole('tab', { name: 'Patching', exact: true }).click();
await ours.getByTestId('text-b').fill(PROMPT.replace('John gave', 'Mary gave'));
const clocked = async (press, done) => {
  const began = Date.now();
  await ours.getByTestId(press).click();
  await done();
  return [Date.now() - began];
};
const gone = (id) => ours.getByTestId(id).waitFor({ state: 'detached' });
row('smollm2, map of words by estimate', await clocked('compare-pair', () => ours.getByTestId('patching').waitFor()));
await ours.waitForFunction(() => document.querySelectorAll('.maps__map').length === 2);
await ours.locator('[data-testid=run-all-other]:not([disabled])').waitFor();
row('smollm2, the other 130 cells of words, run', await clocked('run-all', () => gone('run-all')));
row('smollm2, the other 250 heads, run', await clocked('run-all-other', () => gone('run-all-other')));
const longest = await ours.evaluate(() => window.__longest);
console.log(`\nlongest main-thread task while they ran and were drawn: ${longest === 0 ? 'none over 50' : longest.toFixed(0)} ms`);
await browser.close();
if (python && folder) {
  console.log('\n| PyTorch, one thread, the same machine a moment later | best ms | median ms |\n|---|---|---|');
  const peer = (script, ...given) => execFileSync(python, [path.join(root, 'tests/e2e/peers', script), folder, ...given], { stdio: ['ignore', 'pipe', 'ignore'] });
  const printed = [peer('smollm2_torch.py'), peer('smollm2_patching.py', path.join(root, 'web/data/number.tsv'))].map((lines) => lines.toString().trim());
  for (const line of printed.join('\n').split('\n')) {
    const [what, times] = JSON.parse(line);
    console.log(`| smollm2 ${what} | ${best(times)} | ${median(times)} |`);
  }
}
if (python && classifier) {
  const printed = execFileSync(python, [path.join(root, 'tests/e2e/peers/sentiment_torch.py'), classifier, SENTENCE], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [logits, ...rows] = printed.toString().trim().split('\n').map((line) => JSON.parse(line));
  const off = Math.max(...logits.map((logit, at) => Math.abs(logit - classified[at])));
  if (!(off < 1e-3)) throw new Error(`the peer's logits differ by ${off}: it is another model`);
  console.log('\n| PyTorch, captum, shap and lime, one thread, the classifier | best ms | median ms |\n|---|---|---|');
  for (const [what, times] of rows) console.log(`| ${what} | ${best(times)} | ${median(times)} |`);
}
await links(browser);
await memory('http://127.0.0.1:8139/?device=cpu#/lab', executablePath);
await story(path.join(root, 'dist'), executablePath);
// Cargo and the server it started are one process group.
process.kill(-server.pid);
process.exit(0);
