// How fast a link opens on a cold cache at 20 Mbit/s and 100 ms: `node links.mjs` beside a built page, or as a part of bench.mjs.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { chromium } from '@playwright/test';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const PAYLOAD = readFileSync(path.join(root, 'docs/embedding/payload.txt'), 'utf8').trim();
const LINE = { offline: false, latency: 100, downloadThroughput: 20e6 / 8, uploadThroughput: 20e6 / 8 };
const ROUNDS = 3;
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', json: 'application/json', wasm: 'application/wasm' };

/** The page as static hosts send it: packed once, with brotli. */
async function host() {
  const packed = new Map();
  const server = http.createServer((request, response) => {
    const name = new URL(request.url, 'http://host').pathname.slice(1) || 'index.html';
    try {
      if (!packed.has(name)) packed.set(name, brotliCompressSync(readFileSync(path.join(root, 'dist', name))));
      response.writeHead(200, { 'content-type': TYPES[name.split('.').pop()] ?? 'application/octet-stream', 'content-encoding': 'br' });
      response.end(packed.get(name));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Notes what moves, what is painted and what holds the page up, from the first script on. */
function watch() {
  window.__opening = { shift: 0, paint: 0, blocked: 0, readable: null };
  const seen = window.__opening;
  const observe = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  observe('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
  observe('largest-contentful-paint', (entry) => { seen.paint = entry.startTime; });
  observe('longtask', (entry) => { seen.blocked += Math.max(0, entry.duration - 50); });
  const look = () => {
    // The claim, with the frame behind it painted.
    if (document.querySelector('[data-testid=claim]')) requestAnimationFrame(() => { seen.readable ??= performance.now(); });
    else requestAnimationFrame(look);
  };
  look();
}

/** One cold opening of an address: milliseconds until it can be read, bytes until then, and what was noted in two seconds more. */
async function opened(browser, address) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  // The first opening waits until the host has packed its files.
  page.setDefaultTimeout(240_000);
  const line = await context.newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', LINE);
  let bytes = 0;
  line.on('Network.dataReceived', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.addInitScript(watch);
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.__opening?.readable);
  const before = bytes;
  await page.waitForTimeout(2000);
  const seen = await page.evaluate(() => window.__opening);
  await context.close();
  return { ...seen, before, after: bytes };
}

/** Rows of a table, the median of a few cold openings each. */
export async function links(browser) {
  const { origin, close } = await host();
  const median = (numbers) => numbers.slice().sort((a, b) => a - b)[numbers.length >> 1];
  console.log('\n| cold, 20 Mbit/s and 100 ms | readable, ms | bytes before | largest paint, ms | layout shift | blocked, ms | bytes in all |\n|---|---|---|---|---|---|---|');
  for (const [what, address] of [['link', `${origin}/#/x/${PAYLOAD}`], ['embed', `${origin}/embed.html#/${PAYLOAD}`]]) {
    // The first fills the host's own store.
    await opened(browser, address);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await opened(browser, address));
    const of = (name, digits = 0) => median(rounds.map((round) => round[name])).toFixed(digits);
    console.log(`| ${what} | ${of('readable')} | ${of('before')} | ${of('paint')} | ${of('shift', 4)} | ${of('blocked')} | ${of('after')} |`);
  }
  close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  await links(browser);
  await browser.close();
}
