import { expect, test } from '../pages/vitrine.js';

const WORDS = 'the bad film';

test.describe('WebGPU', () => {
  test.use({ allowed: [/the wgpu device was lost/] });

  test('a tiny model gives the same logits and embedding gradients on WebGPU as on the CPU', async ({ vitrine, page }) => {
    await vitrine.useTinyModel();
    const results = {};
    for (const device of ['cpu', 'webgpu']) {
      const [, report] = await vitrine.openLab(`./?device=${device}#/lab`);
      expect(report.device).toBe(device);
      expect(report.self_test).toBeLessThan(1e-3);
      const { logits } = await vitrine.bench({ ids: [2, 10, 7, 9, 8, 11, 3], batch: 1, seq: 7, device });
      results[device] = { logits: logits.flat() };
      await vitrine.explain(WORDS);
      for (const method of ['gradient-x-input', 'saliency']) {
        await vitrine.methodSelect.selectOption(method);
        await page.waitForFunction((id) => window.__vitrine.last.method?.id === id, method);
        results[device][method] = (await vitrine.last()).scores;
      }
    }
    for (const [what, cpu] of Object.entries(results.cpu)) {
      const size = Math.max(...cpu.map(Math.abs));
      cpu.forEach((number, i) => expect(Math.abs(number - results.webgpu[what][i]) / size, `${what} ${i}`).toBeLessThan(1e-3));
    }
  });

  for (const [model, files] of [['tiny-llama', ['tiny-llama.gguf']], ['tiny-gpt2', ['config.json', 'tokenizer.json', 'model.safetensors']]]) {
    test(`${model} gives the same logits, gradients, maps and stream on WebGPU as on the CPU`, async ({ vitrine, page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      const results = {};
      for (const device of ['cpu', 'webgpu']) {
        const report = await vitrine.openOwn(model, files, `./?device=${device}#/lab`);
        expect(report.device).toBe(device);
        const id = await vitrine.modelSelect.inputValue();
        const { logits } = await vitrine.bench({ model: id, ids: [2, 10, 7, 9, 8, 11, 3], batch: 1, seq: 7, device });
        results[device] = { logits: logits.flat() };
        await vitrine.textInput.fill('the bad film');
        await vitrine.run.click();
        await expect(vitrine.claim).toContainText('as the next token');
        await vitrine.methodSelect.selectOption('saliency');
        await page.waitForFunction(() => window.__vitrine.last?.method?.id === 'saliency');
        results[device].saliency = (await vitrine.last()).scores;
        const table = async (panel, figure) => {
          await vitrine.panel(panel);
          await page.getByRole('button', { name: new RegExp(`Show as table.*${figure}`) }).click();
          const cells = await page.getByRole('region', { name: `${figure}, as a table` }).locator('td.number').allTextContents();
          return cells.map((cell) => Number.parseFloat(cell.replace('−', '-'))).filter(Number.isFinite);
        };
        results[device].maps = await table('Attention', 'Where each head looks');
        results[device].stream = await table('Residual stream', 'The residual stream, floor by floor');
      }
      for (const [what, cpu] of Object.entries(results.cpu)) {
        expect(cpu.length, what).toBeGreaterThan(2);
        expect(results.webgpu[what]).toHaveLength(cpu.length);
        const size = Math.max(...cpu.map(Math.abs));
        // Tables show two decimals.
        const most = ['maps', 'stream'].includes(what) ? 1.5e-2 : 1e-3;
        cpu.forEach((number, i) => expect(Math.abs(number - results.webgpu[what][i]) / size, `${what} ${i}`).toBeLessThan(most));
      }
    });
  }

  test('a software adapter is never chosen unless it is asked for', async ({ vitrine }) => {
    await vitrine.useTinyModel();
    const [, report] = await vitrine.openLab();
    expect(report.device).toBe('cpu');
    expect(report.reason.id).toBe('software-adapter');
  });

  test('a lost device moves the engine to the CPU and the request is repeated', async ({ vitrine, page }) => {
    await vitrine.useTinyModel();
    await vitrine.prependToWorker(`
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...options) { return (self.lastDevice = await request.apply(this, options)); };
    `);
    await vitrine.openLab('./?device=webgpu#/lab');
    await expect(vitrine.device).toHaveAttribute('data-device', 'webgpu');
    await vitrine.textInput.fill(WORDS);
    await page.workers()[0].evaluate(() => self.lastDevice.destroy());
    await expect(vitrine.device).toHaveAttribute('data-device', 'cpu');
    await expect(vitrine.textInput).toHaveValue(WORDS);
    await vitrine.explain(WORDS);
    await vitrine.device.getByText('why?').click();
    await expect(vitrine.device).toContainText('went away');
  });

  for (const [what, script, reason] of [
    ['no WebGPU', `Object.defineProperty(WorkerNavigator.prototype, 'gpu', { get: () => undefined });`, 'no-webgpu'],
    ['no adapter', `GPU.prototype.requestAdapter = async () => null;`, 'no-adapter'],
    ['an adapter that gives no device', `GPUAdapter.prototype.requestDevice = async () => { throw new Error('no device today'); };`, 'unavailable'],
  ]) {
    test(`${what}: the page carries on with the CPU and says why`, async ({ vitrine }) => {
      await vitrine.useTinyModel();
      await vitrine.prependToWorker(script);
      const [, report] = await vitrine.openLab('./?device=webgpu#/lab');
      expect(report.device).toBe('cpu');
      expect(report.reason.id).toBe(reason);
      await vitrine.explain(WORDS);
    });
  }

  for (const [feature, device] of [['timestamp-query', 'cpu'], ['shader-f16', 'webgpu'], ['subgroups', 'webgpu'], ['indirect-first-instance', 'webgpu']]) {
    test(`without the adapter's ${feature} the page carries on with ${device}`, async ({ vitrine }) => {
      await vitrine.useTinyModel();
      await vitrine.prependToWorker(`
        const without = new Proxy(Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'features').get, {
          apply: (get, adapter) => { const all = get.call(adapter); const kept = new Set([...all].filter((name) => name !== '${feature}')); return kept; },
        });
        Object.defineProperty(GPUAdapter.prototype, 'features', { get: without });
        const request = GPUAdapter.prototype.requestDevice;
        GPUAdapter.prototype.requestDevice = async function (options) {
          if ([...(options?.requiredFeatures ?? [])].includes('${feature}')) throw new TypeError('${feature} is not supported');
          return request.call(this, options);
        };
      `);
      const [, report] = await vitrine.openLab('./?device=webgpu#/lab');
      expect(report.device).toBe(device);
      if (device === 'cpu') expect(report.reason).toEqual({ id: 'missing-feature', feature });
      await vitrine.explain(WORDS);
    });
  }

  test('a panic in the worker moves the engine to the CPU', async ({ vitrine }) => {
    await vitrine.useTinyModel();
    // burn reads its own copy of the features, and panics without this one.
    await vitrine.prependToWorker(`
      const features = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'features').get;
      let asked = 0;
      Object.defineProperty(GPUAdapter.prototype, 'features', { get() {
        asked += 1;
        return asked === 1 ? features.call(this) : new Set([...features.call(this)].filter((name) => name !== 'timestamp-query'));
      } });
    `);
    const [, report] = await vitrine.openLab('./?device=webgpu#/lab');
    expect(report.device).toBe('cpu');
    expect(report.reason.id).toBe('unavailable');
    expect(report.reason.detail).toContain('panicked');
    await vitrine.explain(WORDS);
  });
});

test.describe('a worker that breaks', () => {
  test('is replaced when it fails, and its request is repeated', async ({ vitrine, page }) => {
    await vitrine.openLab();
    await vitrine.textInput.fill('a long sentence '.repeat(20));
    await vitrine.run.click();
    await expect(vitrine.stop).toBeEnabled();
    await page.workers()[0].evaluate(() => { setTimeout(() => { throw new Error('killed by the test'); }); });
    const explanation = await vitrine.settled('a long sentence '.repeat(20));
    expect(explanation.scores.length).toBeGreaterThan(50);
    await expect(vitrine.device).toHaveAttribute('data-device', 'cpu');
  });

  test('is replaced when it hangs', async ({ vitrine, page }) => {
    await vitrine.useTinyModel();
    await page.clock.install();
    await vitrine.openLab('./?device=cpu#/lab');
    await vitrine.textInput.fill(WORDS);
    await page.workers()[0].evaluate(() => { self.onmessage = null; });
    await vitrine.run.click();
    await expect(vitrine.stop).toBeEnabled();
    await page.clock.runFor(70_000);
    await page.clock.resume();
    await vitrine.settled(WORDS);
    await expect(vitrine.claim).toContainText('The model reads');
  });

  test('twice on the same request is said in one sentence, and the session lives', async ({ vitrine, page }) => {
    await vitrine.useTinyModel();
    await vitrine.prependToWorker(`
      self.addEventListener('message', (event) => {
        if (event.data?.body?.run?.recipe.text.startsWith('film film')) { event.stopImmediatePropagation(); throw new Error('killed by the test'); }
      });
    `);
    await vitrine.openLab('./?device=cpu#/lab');
    await vitrine.textInput.fill('film film film');
    await vitrine.run.click();
    await expect(vitrine.error).toContainText('stopped twice on this request');
    await expect(vitrine.textInput).toHaveValue('film film film');
    await vitrine.explain(WORDS);
    await expect(page.getByTestId('error')).toHaveCount(0);
  });

  test('so that its answer cannot be read is not waited for', async ({ vitrine }) => {
    await vitrine.useTinyModel();
    await vitrine.prependToWorker(`
      const say = self.postMessage.bind(self);
      self.postMessage = (message) => say(JSON.stringify(message?.body?.found?.finding ?? '').includes('film film film') ? { ...message, body: { found: {} } } : message);
    `);
    await vitrine.openLab('./?device=cpu#/lab');
    await vitrine.textInput.fill('film film film');
    await vitrine.run.click();
    await expect(vitrine.error).toContainText('its answer cannot be read');
    await expect(vitrine.stop).toBeDisabled();
    await expect(vitrine.textInput).toHaveValue('film film film');
    await vitrine.explain(WORDS);
    await expect(vitrine.error).toHaveCount(0);
  });
});

test('bench times token ids and returns logits, and refuses what does not fit', async ({ vitrine }) => {
  await vitrine.openLab();
  const ids = [101, 1037, 2307, 3185, 102];
  const one = await vitrine.bench({ ids, batch: 1, seq: 5, device: 'cpu' });
  expect(one.ms).toBeGreaterThan(0);
  const two = await vitrine.bench({ ids: [...ids, ...ids], batch: 2, seq: 5 });
  expect(two.logits).toHaveLength(2);
  one.logits[0].forEach((logit, i) => expect(Math.abs(logit - two.logits[1][i])).toBeLessThan(1e-4));
  await expect(vitrine.bench({ ids, batch: 2, seq: 5 })).rejects.toThrow('batch times seq');
  await expect(vitrine.bench({ ids: [99999999, 1], batch: 1, seq: 2 })).rejects.toThrow('outside the vocabulary');
});
