import { ServiceDefinition } from '../../../protocol/codec/references.js';
import { type CallPlace, callError } from '../../call/call-error.js';

/**
 * Whether a packet may name the service so. Bare names and dotted ones must be resolved to a definition id first
 * (PROTOCOL §2).
 */
export function isCallable(service: string): boolean {
  return /^[\w-]+@[\w.-]+$/.test(service);
}

/** @throws NetronError when it is no answer to `query_interface`. */
export function definitionId(answer: unknown, place: CallPlace): string {
  if (answer instanceof ServiceDefinition) return answer.id;
  throw callError('protocol', `query_interface of ${place.service} answered no definition`, place);
}
