import {
  isCallableName,
  isMemberName,
  MAX_NAME_LENGTH,
  PacketType,
  ServiceReference,
  StreamReference,
  TitanError,
} from '../../protocol/index.js';
import { notFound } from '../errors/not-found.js';
import type { RegisteredService } from '../exposure/registered-service.js';
import type { ServiceProperty } from '../exposure/service-members.js';
import { isUuid } from '../exposure/uuid.js';
import { runInCall } from '../invocation/call-context.js';
import { assertAllowed, invoke } from '../invocation/invoke.js';
import type { PeerScope } from './peer-scope.js';
import type { PeerRequest } from './request.js';
import { runTask } from './tasks.js';

/**
 * Answers one GET, SET, CALL or TASK (PROTOCOL §6).
 *
 * @throws TitanError 400 and 404 with Titan's texts; what the service throws.
 */
export async function answerRequest(scope: PeerScope, request: PeerRequest): Promise<unknown> {
  const { packet, context } = request;
  if (!Array.isArray(packet.data)) throw new TitanError(400, 'Invalid request format');
  const [target, ...args] = packet.data as unknown[];
  switch (packet.type) {
    case PacketType.task:
      return runTask(scope, target, args);
    case PacketType.call:
      return call(scope, target, args, request);
    case PacketType.get:
      return runInCall(context, async () => getProperty(scope, target, args[0], request));
    case PacketType.set:
      return runInCall(context, async () => setProperty(scope, target, args, request));
    default:
      throw new TitanError(400, 'Invalid request type');
  }
}

async function call(
  scope: PeerScope,
  target: unknown,
  [name, ...values]: readonly unknown[],
  request: PeerRequest,
): Promise<unknown> {
  const service = findService(scope, target);
  if (typeof name !== 'string' || !isMemberName(name)) throw new TitanError(400, 'Invalid method name');
  const method = service.methods.get(name);
  if (method === undefined) throw notFound(`Method '${service.qualifiedName}.${name}'`);
  const { backend } = scope;
  request.fault = backend.faults.decide({ service, method: name, transport: 'ws' });
  const args = values.map((value) => resolveArgument(scope, value, request));
  const { fault } = request;
  const result = await invoke(backend, { service, method, args, checked: false, fault }, request.context);
  // The call may have outlived its peer, which then must not be given anything that nobody would release.
  return request.context.signal.aborted ? undefined : scope.nested.describe(result, service);
}

/** Streams and services are passed by reference, as direct arguments only (PROTOCOL §6). */
function resolveArgument(scope: PeerScope, value: unknown, { uploads }: PeerRequest): unknown {
  if (value instanceof StreamReference) {
    const stream = scope.uploads.claim(value, scope.clientId);
    uploads.push(stream);
    return stream;
  }
  return value instanceof ServiceReference ? findService(scope, value.definitionId).instance : value;
}

async function getProperty(scope: PeerScope, target: unknown, name: unknown, request: PeerRequest): Promise<unknown> {
  const service = findService(scope, target);
  return scope.nested.describe(await findProperty(scope, service, name, request).get(), service);
}

function setProperty(
  scope: PeerScope,
  target: unknown,
  [name, value]: readonly unknown[],
  request: PeerRequest,
): undefined {
  const property = findProperty(scope, findService(scope, target), name, request);
  if (property.readonly) throw new TitanError(403, `Property '${property.name}' is read-only`);
  property.set(value);
}

function findProperty(
  { backend }: PeerScope,
  service: RegisteredService,
  name: unknown,
  { context }: PeerRequest,
): ServiceProperty {
  if (typeof name !== 'string' || !isMemberName(name)) throw new TitanError(400, 'Invalid property name');
  const property = service.properties.get(name);
  if (property === undefined) throw notFound(`Property '${service.qualifiedName}.${name}'`);
  assertAllowed(backend, service, property, context);
  return property;
}

function findService({ backend: { registry }, nested }: PeerScope, target: unknown): RegisteredService {
  if (typeof target !== 'string') throw new TitanError(400, 'Invalid definition ID format');
  const byId = isUuid(target);
  if (!byId && !isCallableName(target)) throw new TitanError(400, 'Invalid definition ID format');
  const service = byId ? (nested.byId(target) ?? registry.byId(target)) : registry.exact(target);
  if (service === undefined) throw notFound('Definition', target.slice(0, MAX_NAME_LENGTH));
  return service;
}
