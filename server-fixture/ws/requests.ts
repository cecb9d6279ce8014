import {
  isCallableName,
  isMemberName,
  MAX_NAME_LENGTH,
  type MessagePacket,
  PacketType,
  TitanError,
} from '../../protocol/index.js';
import { notFound } from '../errors/not-found.js';
import type { RegisteredService, ServiceProperty } from '../exposure/registered-service.js';
import { isUuid } from '../exposure/uuid.js';
import { type CallContext, runInCall } from '../invocation/call-context.js';
import { invoke } from '../invocation/invoke.js';
import { runTask, type TaskScope } from './tasks.js';

/**
 * Answers one GET, SET, CALL or TASK (PROTOCOL §6).
 *
 * @throws TitanError 400 and 404 with Titan's texts; what the service throws.
 */
export async function answerRequest(scope: TaskScope, packet: MessagePacket, context: CallContext): Promise<unknown> {
  if (!Array.isArray(packet.data)) throw new TitanError(400, 'Invalid request format');
  const [target, ...args] = packet.data as unknown[];
  switch (packet.type) {
    case PacketType.task:
      return runTask(scope, target, args);
    case PacketType.call:
      return call(scope, target, args, context);
    case PacketType.get:
      return runInCall(context, async () => findProperty(scope, target, args[0]).get());
    case PacketType.set:
      return runInCall(context, async () => setProperty(scope, target, args));
    default:
      throw new TitanError(400, 'Invalid request type');
  }
}

async function call(
  scope: TaskScope,
  target: unknown,
  [name, ...args]: readonly unknown[],
  context: CallContext,
): Promise<unknown> {
  const service = findService(scope, target);
  if (typeof name !== 'string' || !isMemberName(name)) throw new TitanError(400, 'Invalid method name');
  const method = service.methods.get(name);
  if (method === undefined) throw notFound(`Method '${service.qualifiedName}.${name}'`);
  return invoke(scope.backend, method, args, context);
}

function setProperty(scope: TaskScope, target: unknown, [name, value]: readonly unknown[]): void {
  const property = findProperty(scope, target, name);
  if (property.readonly) throw new TitanError(403, `Property '${String(name)}' is read-only`);
  property.set(value);
}

function findProperty(scope: TaskScope, target: unknown, name: unknown): ServiceProperty {
  const service = findService(scope, target);
  if (typeof name !== 'string' || !isMemberName(name)) throw new TitanError(400, 'Invalid property name');
  const property = service.properties.get(name);
  if (property === undefined) throw notFound(`Property '${service.qualifiedName}.${name}'`);
  return property;
}

function findService({ backend: { registry } }: TaskScope, target: unknown): RegisteredService {
  if (typeof target !== 'string') throw new TitanError(400, 'Invalid definition ID format');
  const byId = isUuid(target);
  if (!byId && !isCallableName(target)) throw new TitanError(400, 'Invalid definition ID format');
  const service = byId ? registry.byId(target) : registry.exact(target);
  if (service === undefined) throw notFound('Definition', target.slice(0, MAX_NAME_LENGTH));
  return service;
}
