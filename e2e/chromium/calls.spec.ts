import { expect, rowWith, showView, test } from '../harness/test.ts';

test('a call appears with its arguments, its result, its timing and its reason', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const demo = await serveDemo();
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  await page.getByTestId('person-p2').click();

  const row = rowWith(panel, 'directory.get("p2")', 'HTTP');
  await expect(row).toContainText('ok');
  await expect(row).toContainText('mount');
  await row.click();
  const details = panel.getByRole('region', { name: 'Details' });
  await expect(details.getByRole('treeitem', { name: /^name: "Jonas Feld"/ })).toBeVisible();
  await details.getByRole('tab', { name: 'Args' }).click();
  await expect(details.getByRole('tree')).toHaveText('0: "p2"');
  await details.getByRole('tab', { name: 'Timing' }).click();
  await expect(details.getByRole('row', { name: /waiting for the answer/ })).toBeVisible();
  await details.getByRole('tab', { name: 'Why' }).click();
  await expect(details).toContainText('A component was mounted that watches it.');
  await details.getByRole('tab', { name: 'Effects' }).click();
  await expect(details).toContainText('wrote directory.get("p2")');
});

test('a stream shows as open, with its chunks decoded', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo();
  const { panel } = await devtoolsBrowser.openDevtools(demo.url);
  const row = rowWith(panel, 'market.streamPrices', 'WS');
  await expect(row).toContainText('open');
  await row.click();
  await expect(panel.getByRole('region', { name: 'Details' })).toContainText(/[3-9]\d* chunks, the last: \{symbol: "/);
});

test('the text filter and the chips narrow the list, by keyboard alone as well', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const demo = await serveDemo();
  const { panel } = await devtoolsBrowser.openDevtools(demo.url);
  await expect(rowWith(panel, 'directory.list', 'ok')).toBeVisible();
  await panel.getByRole('grid', { name: 'Calls' }).focus();
  await panel.page().keyboard.press('/');
  await panel.page().keyboard.type('market -cache');
  await expect(panel.locator('.rows [role=row]')).toHaveCount(1);
  await expect(panel.locator('.status')).toContainText(/1 of \d+ calls/);
  await panel.page().keyboard.press('Escape');
  await expect(rowWith(panel, 'directory.list', 'ok')).toBeVisible();
  await panel.getByRole('radio', { name: 'Streams' }).click();
  await expect(rowWith(panel, 'directory.list')).toHaveCount(0);
  await panel.getByRole('radio', { name: 'Mutations' }).click();
  await expect(panel.getByText(/0 of \d+ calls match/)).toBeVisible();
  await panel.getByRole('button', { name: 'Clear filter' }).click();
  await expect(rowWith(panel, 'directory.list', 'ok')).toBeVisible();
});

test('recording can be paused and resumed without losing a call', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo();
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  await expect(rowWith(panel, 'directory.list', 'ok')).toBeVisible();
  await panel.getByRole('button', { name: /Stop recording/ }).click();
  await page.getByTestId('person-p4').click();
  await expect(page.getByTestId('form-name')).toHaveValue('Tomasz Wilk');
  await expect(rowWith(panel, 'directory.get("p4")')).toHaveCount(0);
  await panel.getByRole('button', { name: /Record/ }).click();
  await expect(rowWith(panel, 'directory.get("p4")', 'ok')).toBeVisible();
  await panel.getByRole('button', { name: /Clear/ }).click();
  await expect(rowWith(panel, 'directory.get("p4")')).toHaveCount(0);
  await showView(panel, 'Cache');
  await expect(rowWith(panel, 'directory.get("p4")')).toBeVisible();
});
