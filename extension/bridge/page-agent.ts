import type { z } from 'zod';
import {
  AGENT_KEY,
  type CommandReply,
  type DiffReply,
  type DrainMessage,
  type HelloMessage,
  type ValueRef,
  type ValueReply,
} from '../../protocol/index.js';
import {
  commandReply,
  diffReply,
  drainMessage,
  helloMessage,
  valueReply,
} from '../../protocol/tap/agent-message.schema.js';
import { agentBuild, agentSource } from './agent-source.js';
import type { EvalOutcome } from './evaluator.js';
import { DRAIN_CHARS } from './limits.js';
import type { SingleFlight } from './single-flight.js';

export type AgentReply<T> =
  | { readonly kind: 'reply'; readonly value: T }
  /** The document has no agent of this build yet. */
  | { readonly kind: 'missing' }
  /** It answered, but not with what was agreed. */
  | { readonly kind: 'invalid'; readonly message: string }
  | Exclude<EvalOutcome, { kind: 'value' }>;

/** A drain as far as it could be read; its records and entries are parsed one by one by the store. */
export type RawDrain = Omit<DrainMessage, 'rows' | 'entries'> & {
  readonly rows: readonly unknown[];
  readonly entries: readonly unknown[];
};

/** How far the panel has read. */
export interface Position {
  readonly session: string;
  readonly cursor: number;
  /** The reply before did not arrive. Default false. */
  readonly again?: boolean;
}

/**
 * Speaks with the agent in the page. Expressions are constants; what varies is JSON inside them. Replies are foreign
 * until their schema has accepted them.
 */
export class PageAgent {
  readonly #flight: SingleFlight;

  constructor(flight: SingleFlight) {
    this.#flight = flight;
  }

  inject(): Promise<AgentReply<HelloMessage>> {
    return this.#ask(() => `${agentSource};${call('hello', [])}`, helloMessage);
  }

  hello(): Promise<AgentReply<HelloMessage>> {
    return this.#ask(() => call('hello', []), helloMessage);
  }

  drain(position: () => Position, capChars = DRAIN_CHARS): Promise<AgentReply<RawDrain>> {
    return this.#ask(() => call('drain', [{ ...position(), capChars }]), drainMessage);
  }

  value(ref: ValueRef, path: readonly number[], offset: number): Promise<AgentReply<ValueReply>> {
    return this.#ask(() => call('value', [ref, path, offset]), valueReply);
  }

  diff(seq: number): Promise<AgentReply<DiffReply>> {
    return this.#ask(() => call('diff', [seq]), diffReply);
  }

  layerDiff(entryId: number, index: number): Promise<AgentReply<DiffReply>> {
    return this.#ask(() => call('layerDiff', [entryId, index]), diffReply);
  }

  command(type: 'invalidate' | 'refetch', entryId: number): Promise<AgentReply<CommandReply>> {
    return this.#ask(() => call('command', [{ type, entryId }]), commandReply);
  }

  async #ask<T>(expression: () => string, schema: z.ZodType<T>): Promise<AgentReply<T>> {
    const outcome = await this.#flight.run(expression);
    if (outcome.kind !== 'value') return outcome;
    if (typeof outcome.value !== 'string')
      return { kind: 'invalid', message: `a ${typeof outcome.value}, not a string` };
    if (outcome.value === '') return { kind: 'missing' };
    return parseReply(outcome.value, schema);
  }
}

function parseReply<T>(text: string, schema: z.ZodType<T>): AgentReply<T> {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return { kind: 'reply', value: parsed.data };
    const issue = parsed.error.issues[0];
    return { kind: 'invalid', message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not what was agreed'}` };
  } catch (error) {
    // Besides broken JSON: nesting so deep that the schema runs out of stack.
    return { kind: 'invalid', message: error instanceof SyntaxError ? 'no JSON' : 'nested too deep' };
  }
}

function call(method: string, args: readonly unknown[]): string {
  const list = args.map((arg) => JSON.stringify(arg)).join(',');
  return `(a=>a&&a.build===${JSON.stringify(agentBuild)}?a.${method}(${list}):"")(globalThis[Symbol.for(${JSON.stringify(AGENT_KEY)})])`;
}
