import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { serveStatic } from '../harness/static-server.ts';
import { CLIENT_DIR, expect, rowWith, showView, test } from '../harness/test.ts';

const signals = createRequire(import.meta.url)
  .resolve('@preact/signals-core')
  .replace(/signals-core\.\w+$/, 'signals-core.mjs');

const PAGE = `<!doctype html><title>resilience</title>
<script type="importmap">{ "imports": { "@preact/signals-core": "/signals.js", "netron-client": "/index.js" } }</script>
<script type="module">
  import { NetronClient } from 'netron-client';
  const main = { url: location.origin, retry: { attempts: 2, initialDelay: 5 }, circuitBreaker: { threshold: 5 } };
  window.client = new NetronClient({ backends: { main }, devtools: { name: 'shop' } });
  window.ask = (method) => client.query('stock', method, []).then(() => 'ok', ({ code }) => code);
  await ask('flaky');
</script>`;

/** Two refusals, then an answer; a method named `down` is refused for good, one named `never` is not answered. */
function invoke(): (request: IncomingMessage, response: ServerResponse) => void {
  let refusals = 2;
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as { id: string; method: string };
    if (method === 'never') return;
    const refused = method === 'down' || refusals-- > 0;
    const error = { code: '503', message: 'The warehouse is busy' };
    response.writeHead(refused ? 503 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(refused ? { id, success: false, error } : { id, success: true, data: 7 }));
  };
}

test('retries, an open circuit and a closed client show as what they are', async ({ devtoolsBrowser }) => {
  const send = (type: string, body: string) => (_request: unknown, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
  const site = await serveStatic(CLIENT_DIR, {
    routes: {
      '/page': send('text/html', PAGE),
      '/signals.js': send('text/javascript', await readFile(signals, 'utf8')),
      '/netron/invoke': invoke(),
    },
  });
  const { page, panel } = await devtoolsBrowser.openDevtools(`${site.url}/page`);
  const details = panel.getByRole('region', { name: 'Details' });
  const flaky = rowWith(panel, 'stock.flaky');
  await expect(flaky).toContainText('ok2');
  await expect(flaky.getByRole('img', { name: '2 retries' })).toBeVisible();
  await flaky.click();
  await expect(details).toContainText('2 retries');
  await details.getByRole('tab', { name: 'Effects' }).click();
  await expect(details.getByText('since 503 The warehouse is busy')).toHaveCount(2);

  await page.evaluate('void ask("never")');
  await expect(rowWith(panel, 'stock.never', 'pending')).toBeVisible();
  expect(await page.evaluate('ask("down")')).toBe('remote');
  await panel.getByRole('button', { name: 'circuit main open' }).click();
  await expect(rowWith(panel, 'circuit main open')).toContainText('threshold');
  await expect(details).toContainText('calls fail at once, without being sent');
  expect(await page.evaluate('ask("down")')).toBe('unavailable');
  await showView(panel, 'Calls');
  await expect(rowWith(panel, 'stock.down', 'unavailable')).toBeVisible();

  await page.evaluate('client.close()');
  await expect(panel.getByText('client closed')).toBeVisible();
  await expect(rowWith(panel, 'stock.never', 'network')).toBeVisible();
  await expect(rowWith(panel, 'stock.flaky')).toBeVisible();
  await panel.getByRole('button', { name: /Clear/ }).click();
  await expect(panel.getByRole('heading', { name: "The page's Netron client was closed" })).toBeVisible();
  await site.close();
});
