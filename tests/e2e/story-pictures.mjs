// Pictures of every scene of the Story at its first and its last step, for looking at beside the drawing:
// node story-pictures.mjs http://127.0.0.1:8080/ FOLDER [WIDTH…]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';

const [address, folder, ...widths] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const width of widths.length ? widths.map(Number) : [360, 768, 1440]) {
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme });
    const shot = (name) => page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`) });
    await page.goto(address);
    await page.locator('[data-scene=why] [data-testid=staged] svg').waitFor();
    await shot('opening');
    const scenes = await page.locator('[data-scene]').evaluateAll((all) => all.map((one) => one.dataset.scene));
    for (const [nth, name] of scenes.entries()) {
      const scene = page.locator(`[data-scene=${name}]`);
      await scene.scrollIntoViewIfNeeded();
      await scene.getByTestId('step').first().waitFor();
      const steps = scene.getByTestId('step');
      const settled = (step) => steps.nth(step).and(page.locator('.is-here')).waitFor();
      const said = String(nth + 1).padStart(2, '0');
      await scene.evaluate((one) => one.scrollIntoView());
      await shot(`${said}-${name}-head`);
      for (const step of new Set([0, await steps.count() - 1])) {
        await steps.nth(step).evaluate((one) => one.scrollIntoView({ block: 'center' }));
        await settled(step);
        await page.locator(`[data-scene=${name}] [data-testid=play]`, { hasText: 'Play' }).waitFor();
        await shot(`${said}-${name}-${step + 1}`);
      }
      await scene.getByTestId('do').first().evaluate((one) => one.scrollIntoView({ block: 'center' }));
      await shot(`${said}-${name}-try`);
    }
    await page.goto(`${address}#/story`);
    await page.getByTestId('contents').locator('svg').last().waitFor();
    await shot('contents');
    await page.close();
  }
}
await browser.close();
