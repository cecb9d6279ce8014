import { expect, rowWith, showView, test } from '../harness/test.ts';

test('the panel is used by keyboard alone, also where details cover the list', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const demo = await serveDemo();
  const { devtools, panel } = await devtoolsBrowser.openDevtools(demo.url);
  const { keyboard } = devtools;
  await expect(rowWith(panel, 'directory.list()', 'ok')).toBeVisible();
  await panel.getByRole('radio', { name: 'All' }).focus();
  await keyboard.press('ArrowRight');
  await expect(panel.getByRole('radio', { name: 'Queries' })).toBeFocused();
  await expect(panel.getByRole('radio', { name: 'Queries' })).toBeChecked();
  await keyboard.press('Home');
  await expect(panel.getByRole('radio', { name: 'All' })).toBeChecked();

  await showView(panel, 'Cache');
  await expect(rowWith(panel, 'directory.list()')).toBeVisible();
  await panel.getByRole('searchbox', { name: 'Filter entries' }).fill('list');
  await panel.getByRole('grid', { name: 'Cache entries' }).focus();
  await keyboard.press('ArrowDown');
  await panel.getByRole('treeitem', { name: /^0:/ }).focus();
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowDown');
  await expect(panel.getByRole('treeitem', { name: 'name: "Mara Okafor"', exact: true })).toBeFocused();
  await keyboard.press('Escape');
  await expect(panel.getByRole('grid', { name: 'Cache entries' })).toBeFocused();

  await devtools.setViewportSize({ width: 470, height: 600 });
  await keyboard.press('ArrowDown');
  await expect(panel.getByRole('grid')).toBeHidden();
  await expect(panel.getByRole('tab', { name: 'Data' })).toBeFocused();
  await keyboard.press('ArrowRight');
  await expect(panel.getByRole('tab', { name: 'Layers' })).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('Escape');
  await expect(panel.getByRole('grid', { name: 'Cache entries' })).toBeFocused();
});

test('a list comes back where it was left', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo();
  const { page, panel, devtools } = await devtoolsBrowser.openDevtools(demo.url);
  await devtools.setViewportSize({ width: 900, height: 220 });
  for (const id of ['p1', 'p2', 'p3', 'p4', 'p5', 'p6']) await page.getByTestId(`person-${id}`).click();
  await expect(rowWith(panel, 'directory.get("p6")', 'ok')).toBeVisible();
  const grid = panel.getByRole('grid', { name: 'Calls' });
  await grid.evaluate((element) => element.scrollTo(0, 20));
  await expect.poll(() => grid.evaluate((element) => element.scrollTop)).toBe(20);
  await showView(panel, 'History');
  await showView(panel, 'Calls');
  await expect.poll(() => grid.evaluate((element) => element.scrollTop)).toBe(20);
});
