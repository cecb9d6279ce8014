// Bytes of what an app ships, minified and compressed, against the budgets of PERFORMANCE §6. --json for machines.
import { bundleApp } from './bundle-app.mjs';

const CORE = `export { NetronClient, service, layer, isNetronError } from './client/index.ts';`;
const HOOKS = `export { NetronProvider, useMutation, useQuery } from './client/preact.ts';`;
const ALL_HOOKS = `export * from './client/preact.ts';`;
const part = (path) => `export * from './client/${path}';`;

/**
 * `goal`: what PERFORMANCE §6 asks for, in bytes of gzip; `budget`: what the check holds, so that nothing grows unseen.
 * Names that no goal is set for have a budget alone.
 */
const ENTRIES = {
  core: { source: CORE, goal: 8_000, budget: 19_050, what: 'client, cache, queries, mutations over HTTP' },
  preact: { source: CORE + HOOKS, budget: 22_500, what: 'core, provider, useQuery, useMutation' },
  ws: {
    source: part('transport/ws-transport.ts'),
    budget: 11_050,
    what: 'loaded with the first WebSocket backend: codec, connection',
  },
  streams: { source: part('stream/streams.ts'), budget: 2_600, what: 'loaded with the first stream' },
  pipeline: {
    source: part('pipeline/pipeline.ts'),
    budget: 7_100,
    what: 'loaded with the first retry, breaker, middleware, auth',
  },
  all: {
    source: CORE + ALL_HOOKS + part('transport/ws-transport.ts') + part('stream/streams.ts'),
    signals: true,
    goal: 20_000,
    budget: 38_700,
    what: 'client, all hooks, WebSocket, codec, streams and signals',
  },
  everything: {
    source: `export * from './client/index.ts';${ALL_HOOKS}`,
    later: true,
    signals: true,
    budget: 54_300,
    what: 'all that this package can load, signals too',
  },
  protocol: { source: `export * from './protocol/index.ts';`, budget: 6_800, what: 'the entry ./protocol' },
};

const entries = {};
for (const [name, { source, later, signals, goal, budget, what }] of Object.entries(ENTRIES)) {
  const { files: _, ...sizes } = await bundleApp(source, { later, signals });
  entries[name] = { ...sizes, ...(goal === undefined ? {} : { goal }), budget, what };
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ entries }));
else {
  for (const [name, { min, gzip, brotli, goal, budget, what }] of Object.entries(entries)) {
    const target = goal === undefined ? '' : `, goal ${goal}${gzip <= goal ? ' met' : ' missed'}`;
    const sizes = `${String(min).padStart(7)} B min ${String(gzip).padStart(6)} B gzip ${String(brotli).padStart(6)} B brotli`;
    console.log(`${name.padEnd(10)} ${sizes}   budget ${budget} ${gzip <= budget ? 'ok' : 'OVER'}${target}   ${what}`);
  }
}
if (Object.values(entries).some(({ gzip, budget }) => gzip > budget)) process.exitCode = 1;
