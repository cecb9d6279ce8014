import { Public, Service, Stream } from '../../server-fixture/index.js';
import { Gate } from './test-gate.js';

/** The record of PERFORMANCE §3. */
export interface Item {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly count: number;
  readonly list: readonly string[];
}

export const EMPTY_ITEM: Item = { a: 0, b: 0, c: 0, count: 0, list: [] };

/** What clients see of {@link ItemService}. */
export interface ItemApi {
  get(id: string): Promise<Item>;
  names(): Promise<string[]>;
  patch(id: string, patch: Partial<Item>): Promise<Item>;
  add(id: string, amount: number): Promise<Item>;
  append(id: string, value: string): Promise<Item>;
  nothing(): Promise<undefined>;
  ping(): Promise<'pong'>;
  numbers(upTo: number): AsyncIterable<number>;
}

/** Records by id, behind a gate. What is not there yet is empty. */
@Service('item@1.0.0')
export class ItemService {
  readonly gate = new Gate();
  readonly items = new Map<string, Item>();

  at(id: string): Item {
    return this.items.get(id) ?? EMPTY_ITEM;
  }

  set(id: string, patch: Partial<Item>): Item {
    const item = { ...this.at(id), ...patch };
    this.items.set(id, item);
    return item;
  }

  @Public()
  get(id: string): unknown {
    return this.gate.enter('get', [id], () => this.at(id));
  }

  @Public()
  names(): unknown {
    return this.gate.enter('names', [], () => [...this.items.keys()]);
  }

  @Public()
  patch(id: string, patch: Partial<Item>): unknown {
    return this.gate.enter('patch', [id, patch], () => this.set(id, patch));
  }

  @Public()
  add(id: string, amount: number): unknown {
    return this.gate.enter('add', [id, amount], () => this.set(id, { count: this.at(id).count + amount }));
  }

  @Public()
  append(id: string, value: string): unknown {
    return this.gate.enter('append', [id, value], () => this.set(id, { list: [...this.at(id).list, value] }));
  }

  @Public()
  nothing(): unknown {
    return this.gate.enter('nothing', [], () => undefined);
  }

  /** Never held: over one socket, its answer comes after everything that was sent before it. */
  @Public()
  ping(): 'pong' {
    return 'pong';
  }

  @Stream()
  async *numbers(upTo: number): AsyncGenerator<number> {
    for (let i = 0; i < upTo; i++) yield i;
  }
}
