import { TitanError } from '../../protocol/index.js';
import type { AuthResult } from '../auth/authenticator.js';
import type { Backend } from '../backend.js';
import { notFound } from '../errors/not-found.js';
import { MAX_LABEL_LENGTH } from '../limits.js';
import type { PeerScope } from './peer-scope.js';

type Task = (scope: PeerScope, args: readonly unknown[]) => unknown;

const TASKS: ReadonlyMap<unknown, Task> = new Map<string, Task>([
  ['query_interface', ({ backend }, [name]) => queryInterface(backend, name)],
  ['authenticate', (scope, [credentials]) => authenticate(scope, credentials)],
  ['subscribe', ({ subscriptions }, [event]) => subscriptions.add(event)],
  ['unsubscribe', ({ subscriptions }, [event]) => subscriptions.remove(event)],
  ['unref_service', ({ nested }, [id]) => nested.release(id)],
  // It would reach handlers that the server has registered at this peer, and there are none.
  ['emit', () => undefined],
  // Titan clears its cache of the client's definitions, and a browser exposes none.
  ['invalidate_cache', () => 0],
  ['expose_service', refuseExposure],
  ['unexpose_service', refuseExposure],
]);

/**
 * The core tasks of PROTOCOL §6.
 *
 * @throws TitanError 404 for an unknown task; what the task throws.
 */
export function runTask(scope: PeerScope, name: unknown, args: readonly unknown[]): unknown {
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

function authenticate(scope: PeerScope, credentials: unknown): AuthResult {
  const { auth } = scope.backend;
  if (auth === undefined) {
    const hint = 'Call netron.configureAuth() to set up authentication';
    throw new TitanError(503, 'Authentication not configured', { details: { hint } });
  }
  const result = auth.authenticate(credentials);
  // A failed attempt leaves the peer who it was.
  if (result.success) scope.user = result.context;
  else scope.backend.counters.unauthorized++;
  return result;
}

function refuseExposure(): never {
  throw new TitanError(403, 'Remote service exposure is not allowed');
}
