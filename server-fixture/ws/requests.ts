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
 * Works on one GET, SET, CALL or TASK (PROTOCOL §6). Returns the result, or a promise of one that is not there yet.
 *
 * @throws TitanError 400 and 404 with Titan's texts; what the service throws.
 */
export function answerRequest(scope: PeerScope, request: PeerRequest): unknown {
  const { type, data } = request.packet;
  if (!Array.isArray(data)) throw new TitanError(400, 'Invalid request format');
  const parts = data as readonly unknown[];
  switch (type) {
    case PacketType.task:
      return runTask(scope, parts[0], parts.slice(1));
    case PacketType.call:
      return callMethod(scope, request, parts);
    case PacketType.get:
      return runInCall(request.call, getProperty, scope, request, parts);
    case PacketType.set:
      return runInCall(request.call, setProperty, scope, request, parts);
    default:
      throw new TitanError(400, 'Invalid request type');
  }
}

function callMethod(scope: PeerScope, request: PeerRequest, parts: readonly unknown[]): unknown {
  const { backend } = scope;
  const service = findService(scope, parts[0]);
  const name = parts[1];
  const method = typeof name === 'string' ? service.methods.get(name) : undefined;
  if (typeof name !== 'string' || method === undefined) throw noMember('Method', service, name);
  request.owner = service;
  const fault = backend.faults.decide({ service, method: name, transport: 'ws' });
  request.fault = fault;
  const args = parts.slice(2);
  for (let i = 0; i < args.length; i++) {
    if (typeof args[i] === 'object') args[i] = resolveArgument(scope, args[i], request);
  }
  return invoke(backend, { service, method, args, checked: false, fault }, request.call);
}

/** Streams and services are passed by reference, as direct arguments only (PROTOCOL §6). */
function resolveArgument(scope: PeerScope, value: unknown, request: PeerRequest): unknown {
  if (value instanceof StreamReference) {
    const stream = scope.uploads.claim(value, scope.clientId);
    request.uploads ??= [];
    request.uploads.push(stream);
    return stream;
  }
  return value instanceof ServiceReference ? findService(scope, value.definitionId).instance : value;
}

function getProperty(scope: PeerScope, request: PeerRequest, parts: readonly unknown[]): unknown {
  return findProperty(scope, request, parts).get();
}

function setProperty(scope: PeerScope, request: PeerRequest, parts: readonly unknown[]): undefined {
  const property = findProperty(scope, request, parts);
  if (property.readonly) throw new TitanError(403, `Property '${property.name}' is read-only`);
  property.set(parts[2]);
}

function findProperty(scope: PeerScope, request: PeerRequest, [target, name]: readonly unknown[]): ServiceProperty {
  const service = findService(scope, target);
  const property = typeof name === 'string' ? service.properties.get(name) : undefined;
  if (property === undefined) throw noMember('Property', service, name);
  assertAllowed(scope.backend, service, property, request.call);
  request.owner = service;
  return property;
}

function noMember(kind: 'Method' | 'Property', service: RegisteredService, name: unknown): TitanError {
  return typeof name === 'string' && isMemberName(name)
    ? notFound(`${kind} '${service.qualifiedName}.${name}'`)
    : new TitanError(400, `Invalid ${kind.toLowerCase()} name`);
}

function findService({ backend: { registry }, nested }: PeerScope, target: unknown): RegisteredService {
  if (typeof target !== 'string') throw new TitanError(400, 'Invalid definition ID format');
  const named = registry.callable(target);
  if (named !== undefined) return named;
  const byId = isUuid(target);
  if (!byId && !isCallableName(target)) throw new TitanError(400, 'Invalid definition ID format');
  const service = byId ? (nested.byId(target) ?? registry.byId(target)) : undefined;
  if (service === undefined) throw notFound('Definition', target.slice(0, MAX_NAME_LENGTH));
  return service;
}
