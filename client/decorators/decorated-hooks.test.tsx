// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { Mutation, NetronService, Query, Service } from '../index.js';
import { TestScreen } from '../preact/test-screen.js';
import { type UseMutationResult, type UseQueryOptions, useMutation, useQuery } from '../preact.js';
import { type ItemApi, ItemService } from '../testing/test-item-service.js';

@Service('item@1.0.0')
class Items extends NetronService<ItemApi> {
  @Query({ cache: { maxAge: 60_000, tags: ['items'] } }) accessor get = this.method('get');
  @Query({ cache: 60_000, fallback: ['nobody'] }) accessor names = this.method('names');
  @Mutation({ invalidate: 'items' }) accessor add = this.method('add');
}

let fixture: Fixture;
let backing: ItemService;
let screen: TestScreen;

beforeAll(async () => {
  backing = new ItemService();
  fixture = await createFixture({ services: [backing] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  backing.gate.reset();
  backing.items.clear();
  screen = new TestScreen(fixture.ws);
});
afterEach(() => screen.close());

let add: UseMutationResult<readonly [string, number], unknown>['mutate'];

function Count() {
  add = useMutation(Items, 'add').mutate as typeof add;
  return <p>{useQuery(Items, 'get', ['a']).data.value?.count}</p>;
}

function Names({ options }: { options?: UseQueryOptions<string[]> }) {
  return <p>{useQuery(Items, 'names', [], options).data.value?.join()}</p>;
}

describe('hooks of a decorated class', () => {
  it('ask again when the method says so, and not before', async () => {
    await screen.client.query(Items, 'get', ['a']);
    await screen.show(<Count />);
    expect([screen.text, backing.gate.count('get')]).toEqual(['0', 1]);
    await screen.show(null);
    await screen.advance(60_001);
    await screen.show(<Count />);
    await screen.land(() => screen.text === '0');
    await screen.settle();
    expect(backing.gate.count('get')).toBe(2);
  });

  it('make stale what the mutation says', async () => {
    await screen.show(<Count />);
    await screen.settle();
    expect(screen.text).toBe('0');
    await add('a', 3);
    await screen.settle();
    expect(screen.text).toBe('3');
  });

  it('fall back to what the method says, unless they say otherwise', async () => {
    backing.gate.close('names');
    await screen.show(<Names />);
    (await backing.gate.next('names')).fail(new Error('no'));
    await screen.settle();
    expect(screen.text).toBe('nobody');
    await screen.show(null);
    await screen.show(<Names options={{ fallback: ['me'] }} />);
    (await backing.gate.next('names')).fail(new Error('no'));
    await screen.settle();
    expect(screen.text).toBe('me');
  });
});
