// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { NetronClient } from '../index.js';
import { ItemService } from '../testing/test-item-service.js';
import { NetronProvider } from './netron-provider.js';
import { TestScreen } from './test-screen.js';
import { type UseBackendResult, useBackend } from './use-backend.js';

let fixture: Fixture;
let screen: TestScreen;
let result: UseBackendResult;

beforeAll(async () => {
  fixture = await createFixture({ services: [new ItemService()] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  screen = new TestScreen(fixture.ws);
});
afterEach(() => screen.close());

const seen = new Set<UseBackendResult>();

function Link({ name }: { name?: string }) {
  result = useBackend(name);
  seen.add(result);
  return <p>{result.state.value ?? result.error.value?.code ?? 'none'}</p>;
}

const ready = (): Promise<void> => screen.land(() => (result.handle.value ?? result.error.value) !== undefined);

describe('useBackend', () => {
  it('shows the connection as it comes, is lost and comes back', async () => {
    await screen.show(<Link />);
    await ready();
    expect(screen.text).toBe('idle');
    const release = await result.handle.value?.connect();
    await screen.settle();
    expect(screen.text).toBe('open');
    screen.runtime.sockets.at(-1)?.close(4_000);
    await screen.land(() => result.state.value === 'waiting');
    expect(screen.text).toBe('waiting');
    screen.runtime.advance(60_000);
    await screen.land(() => result.state.value === 'open');
    expect(screen.text).toBe('open');
    release?.();
    screen.client.close();
    await screen.land(() => result.state.value === 'closed');
    expect(screen.text).toBe('closed');
  });

  it('gives the handle, and the same result from render to render', async () => {
    seen.clear();
    for (let i = 0; i < 3; i++) await screen.show(<Link />);
    await ready();
    expect(await result.handle.value?.ping()).toBe(0);
    expect(result.handle.value?.url).toBe(fixture.ws);
    expect(seen.size).toBe(1);
  });

  it('has no state without a WebSocket, and the one of the second address where there is one', async () => {
    const client = new NetronClient({
      backends: { plain: fixture.http, both: { url: fixture.http, socketUrl: fixture.ws } },
      runtime: screen.runtime,
    });
    const under = (name: string) => (
      <NetronProvider client={client}>
        <Link name={name} />
      </NetronProvider>
    );
    await screen.show(under('plain'));
    await ready();
    expect([result.handle.value?.name, screen.text]).toEqual(['plain', 'none']);
    await screen.show(under('both'));
    await ready();
    expect([result.handle.value?.name, screen.text]).toEqual(['both', 'idle']);
    await screen.show(null);
    client.close();
  });

  it('shows that there is no backend of this name, and works for one that there is', async () => {
    await screen.show(<Link name="nope" />);
    await ready();
    expect(screen.text).toBe('unknown-backend');
    await screen.show(<Link name="default" />);
    await ready();
    expect(screen.text).toBe('idle');
  });
});
