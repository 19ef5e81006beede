// What is read does not move: a cold link and a cold embed at 20 Mbit/s and 100 ms.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, root, test } from '../pages/vitrine.js';

const LINE = { offline: false, latency: 100, downloadThroughput: 20e6 / 8, uploadThroughput: 20e6 / 8 };
const MOST = 0.01;
const EXPLAINED = readFileSync(path.join(root, 'docs/embedding/payload.txt'), 'utf8').trim();
const VOTED = readFileSync(path.join(root, 'crates/share/tests/links.txt'), 'utf8').match(/^v1\.\S+(?=\n {2}recipe [^\n]*"id":"vote")/m)[0];

/** Notes each shift with what moved, from the first script on. */
function watch() {
  window.__shifts = [];
  const named = (node) => `${node?.nodeName} ${node?.parentElement?.className ?? ''} ${(node?.textContent ?? '').slice(0, 40)}`;
  const note = ({ value, hadRecentInput, sources }) => {
    if (!hadRecentInput) window.__shifts.push({ value, moved: sources.map(({ node, previousRect, currentRect }) => `${named(node)}: ${previousRect.y} to ${currentRect.y}`) });
  };
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type: 'layout-shift', buffered: true });
}

for (const [what, payload] of [['an explanation', EXPLAINED], ['a vote', VOTED]]) {
  for (const [where, address] of [['link', './#/x/'], ['embed', './embed.html#/']]) {
    for (const width of [1440, 360]) {
      test(`${what} in a cold ${where} stands still at ${width} pixels`, async ({ page, vitrine }) => {
        await page.setViewportSize({ width, height: 800 });
        const line = await page.context().newCDPSession(page);
        await line.send('Network.enable');
        await line.send('Network.emulateNetworkConditions', LINE);
        await page.addInitScript(watch);
        await page.goto(address + payload, { waitUntil: 'commit' });
        await expect(page.getByTestId('check')).toBeVisible();
        // Until its typefaces are there, and two frames more.
        await page.waitForFunction(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.woff2')).length >= 4 && document.fonts.status === 'loaded');
        await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))); }));
        const shifts = await page.evaluate(() => window.__shifts);
        const sum = shifts.reduce((all, { value }) => all + value, 0);
        expect(sum, JSON.stringify(shifts, null, 1)).toBeLessThanOrEqual(MOST);
      });
    }
  }
}
