import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { describe, expect, it } from 'vitest';
import { bundleApp } from './bundle-app.mjs';

const filesOf = async (source: string): Promise<readonly string[]> => (await bundleApp(source)).files;

describe('an app that', () => {
  it('asks and changes over HTTP ships no streams, no WebSocket, no codec and nothing that is done around calls', async () => {
    const files = await filesOf(`
      import { NetronClient, service } from './client/index.ts';
      const Users = service<{ get(id: string): Promise<unknown> }>('users@1.0.0');
      const netron = new NetronClient({ url: 'https://api.example.com' });
      console.log(await netron.query(Users, 'get', ['u1']), await netron.mutate(Users, 'get', ['u1']));
    `);
    expect(files).toContain('client/transport/http-transport.ts');
    const others =
      /codec|tap-ring|client-tap|tap-control|netron-service|transport\/ws|stream\/(streams|chunk)|pipeline|retry|breaker|middleware|auth\/|events|decorators|dehydrate|query-observer|preact|http-batch|backend-operations/;
    expect(files.filter((file) => others.test(file) && !file.endsWith('-options.ts'))).toEqual([]);
  });

  it('has hooks but never streams ships no streams', async () => {
    const files = await filesOf(`
      import { useQuery } from './client/preact.ts';
      console.log(useQuery('users', 'list', []));
    `);
    expect(files).toContain('client/preact/use-query.ts');
    expect(files.filter((file) => /use-stream|stream\/(streams|chunk)|transport\/ws/.test(file))).toEqual([]);
  });

  // Bundlers of this kind decide by module, not by use, what a chunk of its own is.
  it('is built for production by Vite has its tap in a chunk that is loaded on demand', async () => {
    const entry = fileURLToPath(new URL('../client/index.ts', import.meta.url));
    const [built] = (await build({
      configFile: false,
      logLevel: 'error',
      define: { 'process.env.NODE_ENV': '"production"' },
      build: { write: false, lib: { entry, formats: ['es'] }, rollupOptions: { external: [/^@preact/] } },
    })) as Rolldown.RolldownOutput[];
    const { output = [] } = built ?? {};
    const taps = output.filter((chunk) => chunk.type === 'chunk' && chunk.code.includes('Float64Array'));
    expect(taps).toEqual([expect.objectContaining({ isEntry: false, isDynamicEntry: true, name: 'loaded-tap' })]);
  });

  it('uses the event bus alone ships no client', async () => {
    const files = await filesOf(`
      import { EventBus } from './client/index.ts';
      new EventBus().emit('started');
    `);
    expect(files.filter((file) => /netron-client|cache\/|transport/.test(file))).toEqual([]);
  });
});
