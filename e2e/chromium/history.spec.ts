import { expect, rowWith, showView, test } from '../harness/test.ts';

test('a failing save shows optimistic, then rolled back, in the page and in the panel', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const demo = await serveDemo();
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  await showView(panel, 'History');
  await page.getByTestId('person-p1').click();
  const name = page.getByTestId('person-p1-name');
  const before = (await name.textContent()) ?? '';
  await page.getByTestId('fail-next').click();
  await page.getByTestId('form-name').fill('Nobody At All');
  await page.getByTestId('save').click();

  await expect(name).toHaveText('Nobody At All');
  await expect(rowWith(panel, 'optimistic', 'Nobody At All')).toBeVisible();
  await expect(page.getByTestId('save-status')).toHaveText(/failed/i);
  await expect(name).toHaveText(before);
  const rolledBack = rowWith(panel, 'rolled back', 'VERSION_CONFLICT');
  await expect(rolledBack).toBeVisible();
  await rolledBack.click();
  const details = panel.getByRole('region', { name: 'Details' });
  await expect(details).toContainText('409 VERSION_CONFLICT');
  await expect(details).toContainText('Somebody else changed this person');
  await expect(details).toContainText(/Shown to the user for \d/);
  await expect(details.locator('del').first()).toHaveText('"Nobody At All"');
  await expect(details.locator('ins').first()).toHaveText(`"${before}"`);

  await showView(panel, 'Calls');
  const call = rowWith(panel, 'directory.update', '409');
  await expect(call.getByRole('img', { name: 'rolled back' })).toBeVisible();
});

test('a successful save shows its layer while it is pending, then confirmed', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const demo = await serveDemo();
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  await showView(panel, 'History');
  await page.getByTestId('person-p3').click();
  await page.getByTestId('form-title').fill('Countess');
  await page.getByTestId('save').click();
  await expect(rowWith(panel, 'optimistic', 'Countess')).toBeVisible();
  await expect(rowWith(panel, 'confirmed', 'Countess')).toBeVisible();
  await expect(page.getByTestId('save-status')).toHaveText(/saved/i);
  await expect(rowWith(panel, 'invalidated', 'tag directory')).toBeVisible();
});
