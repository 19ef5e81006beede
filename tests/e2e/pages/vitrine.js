// The page as a reader meets it; what every journey shares.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base, expect } from '@playwright/test';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** The files of the tiny random classifier as a host has them, under the shipped model's name; `change` changes its weights. */
export function tinyModel(change = () => {}) {
  const bodies = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => [name, readFileSync(path.join(root, 'tests/golden/tiny-bert', name))]);
  change(bodies[2][1]);
  const files = bodies.map(([name, body]) => {
    const sha256 = createHash('sha256').update(body).digest('hex');
    return { name, bytes: body.length, sha256, chunks: [{ path: name, bytes: body.length, sha256 }] };
  });
  return new Map([...bodies, ['manifest.json', Buffer.from(JSON.stringify({ id: 'sentiment', licence: 'MIT', files }))]]);
}

/** Fills a tensor of safetensors bytes with one number. */
export function fill(bytes, tensor, number) {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const [first, end] = JSON.parse(bytes.subarray(8, start).toString())[tensor].data_offsets;
  for (let at = first; at < end; at += 4) bytes.writeFloatLE(number, start + at);
}

export class Vitrine {
  constructor(page) {
    this.page = page;
    for (const id of ['text-input', 'run', 'stop', 'prediction', 'token', 'method-select', 'model-select', 'target-select', 'foil-select',
      'baseline-select', 'nodes-select', 'variant-select', 'device', 'progress', 'receipt', 'error', 'scrubber', 'claim', 'provenance', 'river',
      'play', 'selected', 'merge-words', 'truncated', 'sum', 'reading']) {
      this[id.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] = page.getByTestId(id);
    }
  }

  async open(address = './') {
    await this.page.goto(address);
  }

  /** Resolves to `[model, device, load]` when the engine can run. */
  async ready() {
    await this.page.waitForFunction(() => window.__vitrine);
    return this.page.evaluate(() => window.__vitrine.ready);
  }

  async openLab(address = './#/lab') {
    await this.open(address);
    return this.ready();
  }

  /** Opens a panel by the name on its tab. */
  async panel(name) {
    await this.page.getByRole('tab', { name, exact: true }).click();
  }

  last() {
    return this.page.evaluate(() => window.__vitrine.last);
  }

  /** Types a text, runs it and returns its explanation. */
  async explain(text) {
    await this.textInput.fill(text);
    await this.run.click();
    return this.settled(text);
  }

  /** Explains by another method, whose time is offered first where it is long. */
  async by(method) {
    await this.methodSelect.selectOption(method);
    const run = this.page.getByTestId('run-it');
    // Its receipt may follow at once, as what was run is not run again.
    const found = this.page.waitForFunction((id) => window.__vitrine.last.method?.id === id, method);
    await Promise.race([found, run.waitFor().catch(() => undefined)]);
    if (await run.isVisible()) await run.click();
    await found;
    return this.last();
  }

  /** The explanation of a text, once the page shows it and nothing runs. */
  async settled(text) {
    await this.page.waitForFunction((wanted) => window.__vitrine.last?.input.text === wanted, text);
    await expect(this.stop).toBeDisabled();
    return this.last();
  }

  /** Opens the Lab on a model from `tests/golden`, picked from the disk. */
  async openOwn(model, files, address = './?device=cpu#/lab') {
    const [, report] = await this.openLab(address);
    await this.modelSelect.selectOption('own');
    await this.page.getByTestId('pick-files').setInputFiles(files.map((name) => path.join(root, 'tests/golden', model, name)));
    await expect(this.page.getByTestId('load-report')).toBeVisible();
    return report;
  }

  bench(request) {
    return this.page.evaluate((asked) => window.__vitrine.bench(asked), request);
  }

  async screenshot(name) {
    await this.page.screenshot({ path: path.join(root, 'tests/e2e/screenshots', `${name}.png`), fullPage: true });
  }

  /** Serves the tiny random checkpoint in place of the shipped model, so that slow devices can run it; `change` changes its weights. */
  async useTinyModel(change) {
    const files = tinyModel(change);
    await this.page.context().route('**/models/sentiment/**', (route) => route.fulfill({ body: files.get(new URL(route.request().url()).pathname.split('/').pop()) }));
  }

  /** Runs a script in every worker before its own code. */
  async prependToWorker(script) {
    await this.page.context().route(/\/worker(_webgpu)?_loader\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${script}\n${await response.text()}` });
    });
  }
}

/** A test whose page may not log errors, break its content policy, or ask anyone but its own server. */
export const test = base.extend({
  allowed: [[], { option: true }],
  vitrine: async ({ page, baseURL, allowed }, use) => {
    const faults = [];
    page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !allowed.some((pattern) => pattern.test(message.text()))) faults.push(message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(baseURL) && !/^(data|blob):/.test(url)) faults.push(`asked ${url}`);
    });
    await use(new Vitrine(page));
    expect(faults).toEqual([]);
  },
});

export { expect };
