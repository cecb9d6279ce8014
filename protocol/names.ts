import { MAX_NAME_LENGTH } from './limits.js';

/** Registered names: dotted alphanumerics (PROTOCOL §2). */
const SERVICE_NAME = /^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*$/;
const MEMBER_NAME = /^[\w$][\w\d_$]*$/;
/** What Titan accepts as the first element of a WebSocket CALL besides a definition id. */
const CALLABLE_NAME = /^[\w-]+(@[\w.-]+)?$/;

export interface QualifiedName {
  readonly name: string;
  /** Empty for an unversioned service. */
  readonly version: string;
}

/** `users@1.0.0` is name `users`, version `1.0.0`; undefined when it is no service name. */
export function parseQualifiedName(text: string): QualifiedName | undefined {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const version = at < 0 ? '' : text.slice(at + 1);
  if (text.length > MAX_NAME_LENGTH || !SERVICE_NAME.test(name) || (at >= 0 && version === '')) return undefined;
  return { name, version };
}

export function isMemberName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && MEMBER_NAME.test(text);
}

/** False for dotted names and versions with `+`: those must be called by definition id (PROTOCOL §2). */
export function isCallableName(text: string): boolean {
  return CALLABLE_NAME.test(text);
}
