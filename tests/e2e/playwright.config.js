import { defineConfig } from '@playwright/test';

const port = Number(process.env.VITRINE_PORT ?? 8137);

export default defineConfig({
  testDir: './journeys',
  outputDir: './results',
  // Two cores: one worker for the page, one for the browser's own threads.
  workers: 1,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    browserName: 'chromium',
    // A service worker would answer in the place of what a journey puts there; journeys that are about it let it in.
    serviceWorkers: 'block',
    viewport: { width: 1440, height: 1000 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--no-first-run',
        // A name that is not this machine's, for pages that are not from https.
        '--host-resolver-rules=MAP vitrine.test 127.0.0.1',
      ],
    },
  },
  webServer: {
    command: `cargo run --quiet -p xtask -- host dist ${port}`,
    cwd: '../..',
    port,
    reuseExistingServer: false,
    timeout: 120_000,
  },
});
