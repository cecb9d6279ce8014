import type { EntryRow, ValueRef } from '../../../protocol/index.js';
import type { AgentReply } from '../../bridge/page-agent.js';
import type { PanelStore } from '../store/panel-store.js';
import type { LoadValue } from '../ui/value-tree.js';

/** Reads a value of the page for a tree. */
export function loadValue(store: PanelStore, ref: ValueRef): LoadValue {
  return async (path, offset) => {
    const reply = await store.agent.value(ref, path, offset);
    return reply.kind === 'reply' ? reply.value : { gone: whyNot(reply) };
  };
}

/** In words, for the place where the value would stand. */
export function whyNot(reply: Exclude<AgentReply<unknown>, { kind: 'reply' }>): string {
  if (reply.kind === 'missing') return 'The page has been replaced.';
  if (reply.kind === 'retry') return 'The page is navigating.';
  return `The page cannot be read: ${reply.message}`;
}

/** Changes whenever what readers of the entry see may have. */
export function viewStamp({ id, writes, layers }: EntryRow): string {
  return `view ${id} ${writes} ${layers.map(({ call, state }) => `${call}${state}`).join()}`;
}
