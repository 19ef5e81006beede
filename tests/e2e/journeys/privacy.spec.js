import { expect } from '../pages/vitrine.js';
import { test } from '../pages/host.js';

const CANARY = 'canary';

test.use({ serviceWorkers: 'allow' });

/** Types a canary into every field that can be seen, and leaves each as a reader does. */
async function typeEverywhere(page) {
  const fields = page.locator('main').locator('textarea, input:not([type]), input[type=text], input[type=search]').filter({ visible: true });
  for (let which = 0; which < await fields.count(); which += 1) {
    const field = fields.nth(which);
    if (!await field.isEditable()) continue;
    await field.fill(`${CANARY} good film ${which}`);
    await field.press('Tab');
  }
}

test('nothing that is typed is in any request, of the page, a worker or the service worker', async ({ page, server, vitrine }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.openLab('./?device=cpu#/lab');
  await typeEverywhere(page);
  await vitrine.run.click();
  await expect(vitrine.claim).toContainText('The model reads');
  await expect(page.getByTestId('offline')).toContainText('opens without a network too');
  await page.getByTestId('take').click();
  await typeEverywhere(page);
  for (const name of await page.getByRole('tab').allTextContents()) {
    await vitrine.panel(name);
    await typeEverywhere(page);
  }
  for (const route of ['methods', 'settings', 'models']) {
    await page.goto(`./?device=cpu#/${route}`);
    await typeEverywhere(page);
  }
  await page.goto(`./?device=cpu#/lab?model=sentiment&text=${CANARY}%20good&ask=predict`);
  await expect(vitrine.textInput).toHaveValue(`${CANARY} good`);
  await expect(vitrine.claim).toContainText('The model reads');
  expect(server.asked.length).toBeGreaterThan(10);
  expect(server.asked.filter(({ method, head, body }) => method !== 'GET' || `${head} ${body}`.includes(CANARY))).toEqual([]);
});
