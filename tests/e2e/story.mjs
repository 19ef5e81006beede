// How soon the Story can be read and how steadily it scrolls: node story.mjs [FOLDER] serves a built page, packed as a static host would.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { chromium } from '@playwright/test';

const ROUNDS = 3;
// 20 Mbit/s and 100 ms.
const SLOW = { offline: false, latency: 100, downloadThroughput: 20e6 / 8, uploadThroughput: 20e6 / 8 };
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.txt': 'text/plain', '.webmanifest': 'application/manifest+json' };
const PACKED = ['.html', '.js', '.css', '.json', '.wasm', '.svg', '.txt'];

/** A static host: texts and modules go out packed, each packed once. */
async function host(folder) {
  const packed = new Map();
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://host').pathname).replace(/\/$/, '/index.html');
    const file = path.join(folder, path.normalize(name));
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    const ending = path.extname(file);
    const headers = { 'content-type': TYPES[ending] ?? 'application/octet-stream', 'cache-control': 'no-cache' };
    if (!PACKED.includes(ending)) return createReadStream(file).pipe(response.writeHead(200, headers));
    if (!packed.has(file)) packed.set(file, brotliCompressSync(readFileSync(file)));
    return response.writeHead(200, { ...headers, 'content-encoding': 'br', 'content-length': packed.get(file).length }).end(packed.get(file));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Notes, from the first line of the page on, what the browser tells of paints, shifts and long tasks. */
function watch() {
  window.__seen = { paint: 0, shift: 0, shifts: [], tasks: [] };
  const note = (type, seen) => new PerformanceObserver((list) => list.getEntries().forEach(seen)).observe({ type, buffered: true });
  note('largest-contentful-paint', (entry) => { window.__seen.paint = entry.startTime; window.__seen.painted = entry.element?.className || entry.element?.tagName; });
  note('layout-shift', (entry) => {
    if (entry.hadRecentInput) return;
    window.__seen.shift += entry.value;
    window.__seen.shifts.push([entry.value, ...entry.sources.map((source) => source.node?.className || source.node?.nodeName)]);
  });
  note('longtask', (entry) => window.__seen.tasks.push([Math.round(entry.startTime), Math.round(entry.duration)]));
}

/** One visit: what was seen, and what came over the wire before the first scene could be read. */
async function visit(browser, address, { network, width = 1440, height = 900 }) {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  await page.addInitScript(watch);
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  if (network) await wire.send('Network.emulateNetworkConditions', network);
  let bytes = 0;
  wire.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.goto(address);
  await page.locator('[data-scene=why] [data-testid=staged] svg g').first().waitFor();
  const read = { bytes, at: await page.evaluate(() => performance.now()) };
  await page.waitForLoadState('networkidle');
  const opened = await page.evaluate(() => structuredClone(window.__seen));
  return { page, context, read, opened };
}

/** Milliseconds of the longest task of the page, as far as the processor worked on it: what else runs on the machine is left out. */
function longest(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const name = (event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain';
  const mains = new Set(traceEvents.filter(name).map(({ pid, tid }) => `${pid}/${tid}`));
  const tasks = traceEvents.filter(({ ph, name: called, pid, tid }) => ph === 'X' && called.endsWith('RunTask') && mains.has(`${pid}/${tid}`));
  return Math.max(0, ...tasks.map(({ tdur }) => (tdur ?? 0) / 1e3));
}

/** From top to bottom, a notch of the wheel each frame. */
async function scroll(page, browser) {
  await browser.startTracing(page, { categories: ['toplevel'] });
  const seen = await scrolled(page);
  return { ...seen, longest: longest(await browser.stopTracing()) };
}

async function scrolled(page) {
  return page.evaluate(async () => {
    const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const gaps = [];
    window.__seen.tasks = [];
    window.__seen.shift = 0;
    window.__seen.shifts = [];
    let last = await frame();
    for (let still = 0; still < 60;) {
      const before = window.scrollY;
      window.scrollBy(0, 24);
      const now = await frame();
      gaps.push(now - last);
      last = now;
      still = window.scrollY === before ? still + 1 : 0;
    }
    return { gaps, ...structuredClone(window.__seen) };
  });
}

/** Prints a row for each measure. */
export async function story(folder, executablePath) {
  const { address, close } = await host(folder);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const rounds = async (conditions, also) => {
    const seen = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const opened = await visit(browser, address, conditions);
      seen.push({ ...opened, also: await also?.(opened.page, browser) });
      await opened.context.close();
    }
    return seen;
  };
  // What is packed is packed once.
  await (await visit(browser, address, {})).context.close();
  console.log('\n| the Story | best of three | worst | wanted |\n|---|---|---|---|');
  const row = (what, wanted, all, of, digits = 0) => {
    const values = all.map(of).sort((a, b) => a - b);
    console.log(`| ${what} | ${values[0].toFixed(digits)} | ${values.at(-1).toFixed(digits)} | ${wanted} |`);
  };
  const local = await rounds({}, scroll);
  const phone = await rounds({ width: 360, height: 740 }, scroll);
  const slow = await rounds({ network: SLOW });
  row('kB before the first scene is drawn, 20 Mbit/s and 100 ms', 700, slow, ({ read }) => read.bytes / 1e3);
  row('largest paint, this machine, ms', 1000, local, ({ opened }) => opened.paint);
  row('largest paint, 20 Mbit/s and 100 ms', 2500, slow, ({ opened }) => opened.paint);
  row('first scene drawn, 20 Mbit/s and 100 ms', '–', slow, ({ read }) => read.at);
  for (const [where, visits] of [['1440 px', local], ['360 px', phone]]) {
    row(`layout shift while it opens, ${where}`, 0.01, visits, ({ opened }) => opened.shift, 4);
    row(`layout shift from top to bottom, ${where}`, 0.01, visits, ({ also }) => also.shift, 4);
    row(`longest task from top to bottom, ms of the processor, ${where}`, 50, visits, ({ also }) => also.longest);
    row(`the same by the clock, ms, ${where}`, 50, visits, ({ also }) => Math.max(0, ...also.tasks.map(([, millis]) => millis)));
    row(`frames later than 25 ms, %, ${where}`, '–', visits, ({ also }) => 100 * also.gaps.filter((gap) => gap > 25).length / also.gaps.length, 1);
  }
  if (process.env.VITRINE_DETAILS) {
    for (const { opened, also } of [...local, ...phone, ...slow]) console.log(JSON.stringify({ opened, tasks: also?.tasks, shifts: also?.shifts }));
  }
  await browser.close();
  close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await story(process.argv[2] ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist'), process.env.CHROMIUM ?? '/usr/bin/chromium');
}
