import { selectTool } from '../harness/chromium.ts';
import { serveStatic } from '../harness/static-server.ts';
import { DEMO_DIR, expect, rowWith, showView, test } from '../harness/test.ts';

test('a panel that is opened after the calls still lists them', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo();
  const page = await devtoolsBrowser.context.newPage();
  await page.goto(demo.url);
  await page.getByTestId('person-p2').click();
  await expect(page.getByTestId('form-name')).toHaveValue('Jonas Feld');
  const { devtools } = await devtoolsBrowser.openDevtools(page, { select: false });
  const panel = await selectTool(devtools);
  await expect(rowWith(panel, 'directory.get("p2")', 'ok')).toBeVisible();
  await expect(rowWith(panel, 'directory.list()', 'ok')).toBeVisible();
});

test('the panel follows a reload, another page, and the way back', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo();
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  await page.getByTestId('person-p2').click();
  await expect(rowWith(panel, 'directory.get("p2")', 'ok')).toBeVisible();

  await page.reload();
  await expect(rowWith(panel, 'directory.get("p2")')).toHaveCount(0);
  await expect(rowWith(panel, 'directory.list()', 'ok')).toBeVisible();
  await page.getByTestId('person-p5').click();
  await expect(rowWith(panel, 'directory.get("p5")', 'ok')).toBeVisible();

  const elsewhere = await serveDemo();
  await page.goto(elsewhere.url);
  await expect(rowWith(panel, 'directory.get("p5")')).toHaveCount(0);
  await expect(rowWith(panel, 'directory.list()', 'ok')).toBeVisible();

  // The document comes back from the back/forward cache as it was, and so do its calls.
  await page.goBack({ waitUntil: 'commit' });
  await expect(rowWith(panel, 'directory.list()', 'ok')).toBeVisible();
  await page.getByTestId('person-p6').click();
  await expect(rowWith(panel, 'directory.get("p6")', 'ok')).toBeVisible();
});

test('a page under default-src none with a nonce is inspected like any other', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const policy =
    "default-src 'none'; script-src 'nonce-n0'; style-src 'nonce-n0'; img-src 'self'; connect-src http: ws:";
  const demo = await serveDemo({
    headers: { 'content-security-policy': policy },
    html: (text) => text.replace(/<(script|link)\b/g, '<$1 nonce="n0"'),
  });
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  const violations: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
  await page.getByTestId('person-p2').click();
  const row = rowWith(panel, 'directory.get("p2")', 'ok');
  await row.click();
  await expect(panel.getByRole('treeitem', { name: /^name: "Jonas Feld"/ })).toBeVisible();
  expect(violations.filter((text) => !text.includes('.well-known'))).toEqual([]);
});

test('a page without a client shows the ladder, and moves on when one appears', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const blank = await serveStatic(DEMO_DIR, {
    routes: {
      '/none': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<!doctype html><title>none</title>');
      },
    },
  });
  const { page, panel } = await devtoolsBrowser.openDevtools(`${blank.url}/none`);
  await expect(panel.getByRole('heading', { name: 'No Netron client on this page yet' })).toBeVisible();
  await expect(panel.getByText('new NetronClient(')).toBeVisible();
  await expect(panel.locator('.ladder li.passed')).toHaveCount(2);
  await expect(panel.locator('.ladder li.failed')).toContainText('A Netron client is on the page');
  const demo = await serveDemo();
  await page.goto(demo.url);
  await expect(rowWith(panel, 'directory.list()', 'ok')).toBeVisible();
  await blank.close();
});

test('a client that appears later on the same document is found', async ({ devtoolsBrowser, serveDemo }) => {
  const demo = await serveDemo({
    html: (text) =>
      text.replace(/<script type="module"[^>]*src="([^"]+)"[^>]*><\/script>/, '<meta name="late" content="$1">'),
  });
  const { page, panel } = await devtoolsBrowser.openDevtools(demo.url);
  await expect(panel.getByRole('heading', { name: 'No Netron client on this page yet' })).toBeVisible();
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.type = 'module';
    script.src = document.querySelector<HTMLMetaElement>('meta[name=late]')?.content ?? '';
    document.head.append(script);
  });
  await expect(rowWith(panel, 'directory.list()', 'ok')).toBeVisible();
});

test('what fails shows as a failed call that names the reason, and nothing hangs', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const html = await serveStatic(DEMO_DIR, {
    routes: {
      '/netron/invoke': (_request, response) => {
        response.writeHead(200, {
          'content-type': 'text/html',
          'access-control-allow-origin': '*',
          'access-control-allow-headers': '*',
        });
        response.end('<!doctype html><h1>maintenance</h1>');
      },
    },
  });
  const demo = await serveDemo({
    html: (text) =>
      text.replace(/"main":"[^"]*"/, `"main":"${html.url}"`).replace(/"live":"[^"]*"/, '"live":"ws://127.0.0.1:9"'),
  });
  const { panel } = await devtoolsBrowser.openDevtools(demo.url);
  const list = rowWith(panel, 'directory.list()');
  await expect(list).toContainText('200');
  await list.click();
  const details = panel.getByRole('region', { name: 'Details' });
  await expect(details).toContainText('that is no Netron envelope');
  await expect(details.getByRole('treeitem', { name: 'code: "protocol"' })).toBeVisible();
  await expect(details.getByRole('treeitem', { name: 'backend: "main"' })).toBeVisible();
  const stream = rowWith(panel, 'market.streamPrices');
  await expect(stream).toContainText('network');
  await showView(panel, 'Cache');
  await expect(rowWith(panel, 'directory.list()')).toContainText('error');
  await html.close();
});
