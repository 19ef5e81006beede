import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../pages/vitrine.js';

for (const scheme of ['light', 'dark']) {
  test(`the strongest neurons of an MLP are listed and switched, and axe finds nothing, ${scheme}`, async ({ vitrine, page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await vitrine.openOwn('tiny-llama', ['tiny-llama.gguf']);
    await vitrine.textInput.fill('the bad film');
    await vitrine.run.click();
    await vitrine.panel('Residual stream');
    await page.getByTestId('neurons-layer').selectOption('1');
    await page.getByTestId('neurons-list').click();
    const neurons = page.getByTestId('neuron');
    await expect(neurons).toHaveCount(12);
    const name = (await neurons.first().textContent()).split(' ')[0];
    expect(name).toMatch(/^L1N\d+$/);
    await neurons.first().focus();
    await page.keyboard.press('Enter');
    await expect(neurons.first()).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByTestId('off')).toContainText(`Off: ${name}.`);
    await expect(page.getByTestId('moved')).toContainText(`Without ${name}`);
    // Another stand-in is another list.
    await page.getByTestId('switch-how').selectOption('mean');
    await expect(neurons).toHaveCount(0);
    await page.getByTestId('neurons-list').click();
    await expect(neurons).toHaveCount(12);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
    await vitrine.screenshot(`switchboard-neurons-${scheme}`);
  });
}
