import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { startBrokenServer } from '../harness/broken-server.ts';
import { serveStatic } from '../harness/static-server.ts';
import { CLIENT_DIR, expect, rowWith, test } from '../harness/test.ts';

const signals = createRequire(import.meta.url)
  .resolve('@preact/signals-core')
  .replace(/signals-core\.\w+$/, 'signals-core.mjs');

/** What an app without a bundler would write: the package as it is published, and an import map. */
const PAGE = `<!doctype html><title>bad input</title>
<script type="importmap">{ "imports": { "@preact/signals-core": "/signals.js", "netron-client": "/index.js" } }</script>
<script type="module">
  import { NetronClient } from 'netron-client';
  const { main, live, broken, nowhere } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const client = new NetronClient({ backends: { main, live, broken, nowhere }, devtools: true });
  const from = (backend, name, version) => ({ name, version, backend });
  const calls = [
    [from('main', 'nope', '1.0.0'), 'get'],
    [from('main', 'users', '1.0.0'), 'nope'],
    [from('live', 'nope', '1.0.0'), 'get'],
    [from('live', 'users', '1.0.0'), 'nope'],
    [from('broken', 'users', '1.0.0'), 'cutOff'],
    [from('broken', 'users', '1.0.0'), 'oversized'],
    [from('nowhere', 'users', '1.0.0'), 'get'],
    [from('main', 'users', '1.0.0'), 'list'],
  ];
  window.outcomes = [];
  for (const [service, method] of calls) {
    const outcome = await client.mutate(service, method, []).then(
      () => 'ok',
      ({ code, status, backend, service, method }) => [code, status ?? '', backend, service, method].join(' '),
    );
    window.outcomes.push(outcome);
  }
</script>`;

test('every kind of bad input is a typed error for the app and a failed call in the panel', async ({
  devtoolsBrowser,
  serveDemo,
}) => {
  const { fixture } = await serveDemo();
  const broken = await startBrokenServer();
  const send = (type: string, body: string) => (_request: unknown, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
  const site = await serveStatic(CLIENT_DIR, {
    routes: {
      '/bad': send('text/html', PAGE),
      '/signals.js': send('text/javascript', await readFile(signals, 'utf8')),
    },
  });
  const backends = { main: fixture.http, live: fixture.ws, broken: broken.url, nowhere: 'http://127.0.0.1:9' };
  const url = `${site.url}/bad#${encodeURIComponent(JSON.stringify(backends))}`;
  const { page, panel } = await devtoolsBrowser.openDevtools(url);

  await expect
    .poll(() => page.evaluate(() => Reflect.get(window, 'outcomes')))
    .toEqual([
      'remote 404 main nope@1.0.0 get',
      'remote 404 main users@1.0.0 nope',
      'remote 404 live nope@1.0.0 get',
      'remote 404 live users@1.0.0 nope',
      'protocol  broken users@1.0.0 cutOff',
      'too-large  broken users@1.0.0 oversized',
      'network  nowhere users@1.0.0 get',
      'ok',
    ]);
  await expect(panel.getByRole('radio', { name: /Errors/ })).toContainText('7');
  await expect(rowWith(panel, 'users.cutOff')).toContainText('protocol');
  await expect(rowWith(panel, 'users.oversized')).toContainText('too-large');
  await expect(rowWith(panel, 'users.list')).toContainText('ok');
  await rowWith(panel, 'users.oversized').click();
  await expect(panel.getByRole('region', { name: 'Details' })).toContainText('16777216');
  await site.close();
  await broken.close();
});
