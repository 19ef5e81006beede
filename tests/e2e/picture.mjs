// Makes docs/lab.png from the running page: node picture.mjs ADDRESS FILE
import { chromium } from '@playwright/test';

const [address, file] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 1180 }, reducedMotion: 'reduce', colorScheme: 'light' });
await page.goto(`${address}?device=cpu#/lab`);
await page.evaluate(() => window.__vitrine.ready);
await page.getByRole('button', { name: 'the plot is dull but funny' }).click();
await page.getByTestId('river').waitFor();
await page.getByTestId('measure').or(page.getByTestId('verdict')).waitFor();
if (await page.getByTestId('measure').isVisible()) await page.getByTestId('measure').click();
await page.getByTestId('verdict').waitFor();
await page.getByTestId('token').nth(4).hover();
await page.screenshot({ path: file });
await browser.close();
