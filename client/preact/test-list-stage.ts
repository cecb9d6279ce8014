import { h, type VNode } from 'preact';
import { act } from 'preact/test-utils';
import { Public, Service } from '../../server-fixture/index.js';
import { service } from '../index.js';
import { Gate } from '../testing/test-gate.js';
import type { UseInfiniteQueryOptions, UseInfiniteQueryResult } from './infinite-query-options.js';
import { HookStage } from './test-hook-stage.js';
import { useInfiniteQuery } from './use-infinite-query.js';

export interface Rows {
  readonly rows: readonly string[];
  readonly next?: string;
  readonly previous?: string;
}
export interface RowApi {
  /** Rows from this one on. */
  from(row: string, count: number): Promise<Rows>;
  rename(row: string, name: string): Promise<undefined>;
}

/** Pages of a list, told by the row that they begin with. */
@Service('rows@1.0.0')
export class RowService {
  readonly gate = new Gate();
  rows: string[] = [];

  @Public()
  from(row: string, count: number): unknown {
    return this.gate.enter('from', [row, count], () => {
      const at = row === '' ? 0 : this.rows.indexOf(row);
      const [next, previous] = [this.rows[at + count], this.rows[at - count]];
      return {
        rows: this.rows.slice(at, at + count),
        ...(next === undefined ? {} : { next }),
        ...(previous === undefined ? {} : { previous }),
      };
    });
  }

  @Public()
  rename(row: string, name: string): unknown {
    return this.gate.enter('rename', [row, name], () => {
      this.rows[this.rows.indexOf(row)] = name;
    });
  }
}

export const RowsOf = service<RowApi>('rows@1.0.0');
export type ListOptions = UseInfiniteQueryOptions<Rows, [row: string, count: number]>;

interface ListProps extends Partial<ListOptions> {
  /** The row that the list begins with. */
  readonly first?: string;
}

/** The stage with one list of rows, shown page by page. */
export class ListStage extends HookStage {
  readonly server: RowService;
  renders = 0;
  #list: UseInfiniteQueryResult<Rows> | undefined;

  constructor() {
    const server = new RowService();
    super({ services: [server] });
    this.server = server;
  }

  override reset(): void {
    super.reset();
    this.server.gate.reset();
    this.server.rows = Array.from({ length: 9 }, (_, i) => `r${i}`);
    this.renders = 0;
  }

  readonly List = ({ first = '', ...options }: ListProps): VNode => {
    this.#list = useInfiniteQuery(RowsOf, 'from', {
      args: [first, 2],
      getNextArgs: ({ next }) => (next === undefined ? undefined : [next, 2]),
      getPreviousArgs: ({ previous }) => (previous === undefined ? undefined : [previous, 2]),
      cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['rows'] },
      ...options,
    });
    this.renders++;
    return h('p', null, this.#list.pages.value.map(({ rows }) => rows.join(',')).join(' | '));
  };

  /** What the hook gave in its newest render. */
  get list(): UseInfiniteQueryResult<Rows> {
    if (this.#list === undefined) throw new Error('mounted() comes first');
    return this.#list;
  }

  /** Requests for a page that have reached the server. */
  override get asked(): number {
    return this.server.gate.count('from');
  }

  showList(props: ListProps = {}): Promise<void> {
    return this.screen.show(h(this.List, props));
  }

  /** Mounted and answered. */
  async mounted(props: ListProps = {}, pages = 1): Promise<void> {
    await this.showList(props);
    await this.screen.settle();
    for (let i = 1; i < pages; i++) await this.next();
  }

  next(): Promise<void> {
    return act(() => this.list.fetchNext());
  }

  previous(): Promise<void> {
    return act(() => this.list.fetchPrevious());
  }
}
