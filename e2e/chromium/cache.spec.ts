import { expect, rowWith, showView, test } from '../harness/test.ts';

test('an entry shows fresh, then stale when its time is over', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo();
  const page = await devtoolsBrowser.context.newPage();
  // Only the page's clock is ours: the entry must age without anybody waiting 15 s for it.
  await page.clock.install();
  await page.goto(demo.url);
  const { panel } = await devtoolsBrowser.openDevtools(page);
  await showView(panel, 'Cache');
  const row = rowWith(panel, 'directory.list()');
  await expect(row).toContainText('fresh');
  await expect(row).toContainText('directory');
  await page.clock.fastForward(16_000);
  await expect(row).toContainText('stale');
});

test('invalidate and refetch from the panel reach the page, and say that it was DevTools', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const demo = await serveDemo();
  const { panel } = await devtoolsBrowser.openDevtools(demo.url);
  await showView(panel, 'Cache');
  const row = rowWith(panel, 'directory.list()');
  await expect(row).toContainText('fresh');
  await row.click();
  const details = panel.getByRole('region', { name: 'Details' });
  await expect(details).toContainText('1 write');
  await details.getByRole('button', { name: 'Refetch' }).click();
  await expect(details).toContainText('2 writes');
  await details.getByRole('button', { name: 'Invalidate' }).click();
  await expect(details).toContainText('3 writes');
  await showView(panel, 'Calls');
  await expect(rowWith(panel, 'directory.list()', 'devtools', 'ok')).toHaveCount(2);
});

test('an invalidation reaches entries that nobody watches, in the panel too', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const demo = await serveDemo();
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  await showView(panel, 'Cache');
  await page.getByTestId('person-p2').click();
  const row = rowWith(panel, 'directory.get("p2")');
  await expect(row).toContainText('fresh');
  await page.getByTestId('person-p3').click();
  await expect(row).toContainText('inactive');
  await row.click();
  const details = panel.getByRole('region', { name: 'Details' });
  await details.getByRole('tab', { name: 'Policy' }).click();
  const invalidated = details.getByRole('row', { name: /^invalidated/ });
  await expect(invalidated).toContainText('no');
  await page.getByTestId('form-title').fill('Countess');
  await page.getByTestId('save').click();
  await expect(invalidated).toContainText('yes');
});

test('the data of an entry opens level by level', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo();
  const { panel } = await devtoolsBrowser.openDevtools(demo.url);
  await showView(panel, 'Cache');
  await rowWith(panel, 'directory.list()').click();
  const first = panel.getByRole('treeitem', { name: /^0:/ });
  await first.click();
  await expect(panel.getByRole('treeitem', { name: 'name: "Mara Okafor"', exact: true })).toBeVisible();
});
