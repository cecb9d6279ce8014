import type { Figure } from './figure.ts';
import { LruAdapter } from './lru-adapter.ts';
import { NetronAdapter } from './netron-adapter.ts';
import { Network } from './network.ts';
import type { Subject } from './operation-name.ts';
import { cacheOperations, clientOperations, type Measure, TAP_OPERATIONS } from './operations.ts';
import { TanstackAdapter } from './tanstack-adapter.ts';

/** What a child prints. */
export interface ChildReport {
  readonly figures: Readonly<Record<string, Figure>>;
  /** Operations that did not do what they should, and why. */
  readonly failures: Readonly<Record<string, string>>;
}

type Measures = Readonly<Record<string, Measure>>;

const SUBJECTS: Readonly<Record<Subject, Measures>> = {
  netron: {
    ...clientOperations((network, maxEntries) => new NetronAdapter(network, maxEntries)),
    ...cacheOperations((maxEntries) => new NetronAdapter(new Network(undefined), maxEntries)),
    ...TAP_OPERATIONS,
  },
  tanstack: clientOperations((network) => new TanstackAdapter(network)),
  'lru-cache': cacheOperations((maxEntries) => new LruAdapter(maxEntries)),
};

async function measure(measures: Measures, operations: readonly string[]): Promise<ChildReport> {
  const figures: Record<string, Figure> = {};
  const failures: Record<string, string> = {};
  for (const [name, run] of Object.entries(measures)) {
    if (!operations.includes(name)) continue;
    try {
      figures[name] = await run();
    } catch (error) {
      failures[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }
  return { figures, failures };
}

const [subject, operations] = process.argv.slice(2) as [Subject, string];
const report = await measure(SUBJECTS[subject], operations.split(','));
// The libraries' timers would keep it for minutes.
process.stdout.write(JSON.stringify(report), () => process.exit());
