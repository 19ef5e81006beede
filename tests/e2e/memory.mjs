// The memory of the page's process, read from the system. Not through Playwright: its log of the network keeps up to
// 100 MB of answers inside the page's process, which no reader's browser does.
import { execSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const LONGER = 'The quick brown fox jumps over the lazy dog while the old man and the sea wait for the storm that never comes to the quiet town at the end of the road';
const HELPERS = `
  const until = (look) => new Promise((resolve) => { const timer = setInterval(() => { const found = look(); if (found) { clearInterval(timer); resolve(found); } }, 50); });
  const at = (id) => document.querySelector('[data-testid="' + id + '"]');
  const tab = (name) => [...document.querySelectorAll('button')].find((button) => button.textContent.trim() === name);
  const set = (element, value, event) => { element.value = value; element.dispatchEvent(new Event(event, { bubbles: true })); };
`;
const STEPS = [
  ['the classifier is loaded', 'await until(() => window.__vitrine); await window.__vitrine.ready;'],
  ['the language model is loaded', "set(at('model-select'), 'smollm2-135m', 'change'); (await until(() => at('fetch-model'))).click(); await until(() => at('load-report'));"],
  ['its answer is explained', `set(at('text-input'), ${JSON.stringify(LONGER)}, 'input'); at('run').click(); await until(() => window.__vitrine.last?.input.text === ${JSON.stringify(LONGER)});`],
  ['all attention patterns are drawn', "tab('Attention').click(); await until(() => at('attention-matrix'));"],
  ['the residual stream is drawn', "tab('Residual stream').click(); await until(() => at('stream'));"],
];

/** Megabytes of the largest page process: now, at its peak, and now without what is mapped from the browser's program file. */
function measure() {
  const pids = execSync("pgrep -f 'type=renderer'").toString().trim().split('\n');
  const read = (pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return ['VmRSS', 'VmHWM', 'RssAnon'].map((key) => Number(status.match(new RegExp(`${key}:\\s+(\\d+)`))[1]) * 1024 / 1e6);
    } catch {
      // It has ended since it was listed.
      return [0, 0, 0];
    }
  };
  return pids.map(read).sort((a, b) => b[0] - a[0])[0];
}

/** Prints a row for each step; `address` is that of the Lab. */
export async function memory(address, executable) {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'vitrine-memory-'));
  const browser = spawn(executable, ['--headless=new', '--no-sandbox', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--window-size=1440,1000', 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const waiting = new Map();
  let heard = '';
  browser.stdio[4].on('data', (data) => {
    const messages = (heard + data).split('\0');
    heard = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      waiting.get(message.id)?.(message.result ?? message.error);
      waiting.delete(message.id);
    }
  });
  let id = 0;
  const send = (method, params, sessionId) => new Promise((resolve) => {
    id += 1;
    waiting.set(id, resolve);
    browser.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  });
  const { targetInfos } = await send('Target.getTargets', {});
  const { targetId } = targetInfos.find((target) => target.type === 'page');
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const run = async (script) => {
    const answer = await send('Runtime.evaluate', { expression: `(async () => { ${HELPERS} ${script} })()`, awaitPromise: true }, sessionId);
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
  };
  console.log('\n| memory of the page’s process, MB | now | peak so far | now, without the browser’s own program |\n|---|---|---|---|');
  const row = (what) => console.log(`| ${what} | ${measure().map((value) => value.toFixed(0)).join(' | ')} |`);
  row('an empty page');
  await send('Page.navigate', { url: address }, sessionId);
  for (const [what, script] of STEPS) {
    await run(script);
    row(what);
  }
  browser.kill();
  await new Promise((resolve) => browser.once('exit', resolve));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
