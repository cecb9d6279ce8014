import { TitanError } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { notFound } from '../errors/not-found.js';
import { MAX_LABEL_LENGTH } from '../limits.js';
import type { Subscriptions } from './subscriptions.js';

/** What a task may use of the peer that asks for it. */
export interface TaskScope {
  readonly backend: Backend;
  readonly subscriptions: Subscriptions;
}

type Task = (scope: TaskScope, args: readonly unknown[]) => unknown;

const TASKS: ReadonlyMap<unknown, Task> = new Map<string, Task>([
  ['query_interface', ({ backend }, [name]) => queryInterface(backend, name)],
  ['subscribe', ({ subscriptions }, [event]) => subscriptions.add(event)],
  ['unsubscribe', ({ subscriptions }, [event]) => subscriptions.remove(event)],
  // Registered services live as long as the server; only nested ones would be released here.
  ['unref_service', () => undefined],
  // Titan clears its cache of the client's definitions, and a browser exposes none.
  ['invalidate_cache', () => 0],
]);

/**
 * The core tasks of PROTOCOL §6.
 *
 * @throws TitanError 404 for an unknown task; what the task throws.
 */
export function runTask(scope: TaskScope, name: unknown, args: readonly unknown[]): unknown {
  if (typeof name !== 'string') throw new TitanError(400, 'Invalid task name');
  const task = TASKS.get(name);
  if (task === undefined) throw notFound('Task', name.slice(0, MAX_LABEL_LENGTH));
  return task(scope, args);
}

function queryInterface(backend: Backend, name: unknown): unknown {
  if (typeof name !== 'string') throw new TitanError(400, 'Invalid service name');
  const service = backend.registry.highestVersion(name);
  if (service === undefined) throw notFound(`Service '${name.slice(0, MAX_LABEL_LENGTH)}'`);
  return service.definition(backend.netronId);
}
