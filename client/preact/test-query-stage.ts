import { h, type VNode } from 'preact';
import type { Item } from '../testing/test-item-service.js';
import { TapLog } from '../testing/test-tap-log.js';
import { HookStage, Items } from './test-hook-stage.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

/** The same, with one query of the items. */
export class QueryStage extends HookStage {
  #last: UseQueryResult<Item> | undefined;

  readonly Query = ({ id = 'a', options }: { id?: string; options: UseQueryOptions<Item> }): VNode => {
    this.#last = useQuery(Items, 'get', [id], options);
    return h('p', null, this.#last.data.value?.count);
  };

  /** What the query gave in its newest render. */
  get last(): UseQueryResult<Item> {
    if (this.#last === undefined) throw new Error('show() comes first');
    return this.#last;
  }

  show(options: UseQueryOptions<Item>, id = 'a'): Promise<void> {
    return this.screen.show(h(this.Query, { id, options }));
  }

  /** Mounted and answered. */
  async mounted(options: UseQueryOptions<Item>): Promise<TapLog> {
    await this.show(options);
    await this.screen.settle();
    return new TapLog();
  }
}

/** Why the requests of a log were sent. */
export function reasons(log: TapLog): string[] {
  return log
    .all('callStart')
    .filter(({ ref }) => (ref as { method: string }).method === 'get')
    .map(({ reason }) => reason);
}
