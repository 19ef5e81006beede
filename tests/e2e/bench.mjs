// Times the built page in Chromium and prints a table; with VITRINE_PEERS also transformers.js, turn by turn.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const peers = process.env.VITRINE_PEERS;
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
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

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
    // From navigation to the moment when the stored explanation has been computed again on this device.
    times.push(await ours.evaluate(async () => {
      const poll = (done) => new Promise((resolve) => { const look = () => (done() ? resolve() : requestAnimationFrame(look)); look(); });
      await poll(() => window.__vitrine?.last);
      return performance.now();
    }));
    if (times === cold) await ours.close();
  }
}

let theirs;
if (peers) {
  const { serve } = await import(pathToFileURL(path.join(peers, 'server.mjs')));
  const host = await serve({ mounts: { '/': path.join(peers, 'public'), '/nm/': path.join(peers, 'node_modules') } });
  theirs = await open(await browser.newContext(), `${host.origin}/tfjs.html?device=wasm&dtype=fp32&threads=1`);
  await theirs.waitForFunction(() => window.__bench);
  const info = await theirs.evaluate(() => window.__bench.ready);
  console.log(`transformers.js from navigation to the first result: ${info.marks.first_result.toFixed(0)} ms`);
}

console.log('\n| what | best ms | median ms | peer best | peer median |\n|---|---|---|---|---|');
const row = (what, mine, peer) => console.log(`| ${what} | ${best(mine)} | ${median(mine)} | ${peer ? best(peer) : '–'} | ${peer ? median(peer) : '–'} |`);
row('navigation to a live explanation, nothing cached', cold);
row('the same, second visit', warm);
for (const [batch, rounds] of Object.entries(ROUNDS)) {
  const request = { ids: ids(Number(batch)), batch: Number(batch), seq: SEQ };
  const [mine, peer] = [[], []];
  for (let i = 0; i <= rounds; i += 1) {
    const times = [(await ours.evaluate((asked) => window.__vitrine.bench({ ...asked, device: 'cpu' }), request)).ms];
    if (theirs) times.push((await theirs.evaluate((asked) => window.__bench.forward(asked), request)).ms);
    // The first round warms up.
    if (i > 0) { mine.push(times[0]); peer.push(times[1]); }
  }
  row(`forward, ${batch} × ${SEQ} tokens`, mine, theirs && peer);
}
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
// The language model: fetched, then forward, writing, every attention pattern, the residual stream.
const PROMPT = 'When Mary and John went to the store, John gave a bottle to';
const LONGER = 'The quick brown fox jumps over the lazy dog while the old man and the sea wait for the storm that never comes to the quiet town at the end of the road';
await ours.getByTestId('model-select').selectOption('smollm2-135m');
await ours.getByTestId('fetch-model').click();
await ours.getByTestId('write').waitFor();
const languageIds = (n) => Array.from({ length: n }, (_, i) => 1000 + ((i * 7919) % 40000));
for (const n of [14, 32]) {
  const times = [];
  for (let i = 0; i < 6; i += 1) {
    const asked = { model: 'smollm2-135m', ids: languageIds(n), batch: 1, seq: n, device: 'cpu' };
    const { ms } = await ours.evaluate((request) => window.__vitrine.bench(request), asked);
    if (i > 0) times.push(ms);
  }
  row(`smollm2 forward, ${n} tokens`, times);
}
await ours.getByTestId('text-input').fill(PROMPT);
const decode = [];
for (let i = 0; i < 3; i += 1) {
  await ours.getByTestId('write').click();
  await ours.getByText(/tokens, .* a second/).waitFor();
  decode.push(Number(await ours.getByTestId('written').getAttribute('data-millis-per-token')));
  await ours.getByTestId('text-input').fill(`${PROMPT}${' '.repeat(i + 1)}`);
  await ours.getByTestId('run').click();
  await ours.getByTestId('written').waitFor({ state: 'detached' });
}
row('smollm2 writing, per token', decode);
const inside = { Attention: [], 'Residual stream': [] };
for (let i = 0; i < 3; i += 1) {
  await ours.getByTestId('text-input').fill(`${LONGER}${'.'.repeat(i)}`);
  await ours.getByTestId('run').click();
  // The answer replaces what the panels showed before.
  await ours.waitForFunction((text) => window.__vitrine.last?.input.text === text, `${LONGER}${'.'.repeat(i)}`);
  for (const [panel, times] of Object.entries(inside)) {
    await ours.getByRole('button', { name: panel, exact: true }).click();
    await ours.locator(panel === 'Attention' ? '.attention__canvas' : '.stream__picture').waitFor();
    times.push(Number((await ours.getByTestId('provenance').textContent()).match(/(\d+) ms/)[1]));
  }
  await ours.getByRole('button', { name: 'Why this answer' }).click();
}
row('smollm2 all attention patterns, 32 tokens', inside.Attention);
row('smollm2 residual stream, 32 tokens', inside['Residual stream']);
const longest = await ours.evaluate(() => window.__longest);
console.log(`\nlongest main-thread task while they ran and were drawn: ${longest === 0 ? 'none over 50' : longest.toFixed(0)} ms`);
await browser.close();
// Cargo and the server it started are one process group.
process.kill(-server.pid);
process.exit(0);
