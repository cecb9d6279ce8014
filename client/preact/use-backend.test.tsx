// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { NetronClient } from '../index.js';
import { NetronProvider } from './netron-provider.js';
import { HookStage, staged } from './test-hook-stage.js';
import { type UseBackendResult, useBackend } from './use-backend.js';

const stage = staged(new HookStage());
let result: UseBackendResult;

const seen = new Set<UseBackendResult>();

function Link({ name }: { name?: string }) {
  result = useBackend(name);
  seen.add(result);
  return <p>{result.state.value ?? result.error.value?.code ?? 'none'}</p>;
}

const ready = (): Promise<void> => stage.screen.land(() => (result.handle.value ?? result.error.value) !== undefined);

describe('useBackend', () => {
  it('shows the connection as it comes, is lost and comes back', async () => {
    await stage.screen.show(<Link />);
    await ready();
    expect(stage.screen.text).toBe('idle');
    const release = await result.handle.value?.connect();
    await stage.screen.settle();
    expect(stage.screen.text).toBe('open');
    stage.screen.runtime.sockets.at(-1)?.close(4_000);
    await stage.screen.land(() => result.state.value === 'waiting');
    expect(stage.screen.text).toBe('waiting');
    stage.screen.runtime.advance(60_000);
    await stage.screen.land(() => result.state.value === 'open');
    expect(stage.screen.text).toBe('open');
    release?.();
    stage.screen.client.close();
    await stage.screen.land(() => result.state.value === 'closed');
    expect(stage.screen.text).toBe('closed');
  });

  it('gives the handle, and the same result from render to render', async () => {
    seen.clear();
    for (let i = 0; i < 3; i++) await stage.screen.show(<Link />);
    await ready();
    expect(await result.handle.value?.ping()).toBe(0);
    expect(result.handle.value?.url).toBe(stage.fixture.ws);
    expect(seen.size).toBe(1);
  });

  it('has no state without a WebSocket, and the one of the second address where there is one', async () => {
    const client = new NetronClient({
      backends: { plain: stage.fixture.http, both: { url: stage.fixture.http, socketUrl: stage.fixture.ws } },
      runtime: stage.screen.runtime,
    });
    const under = (name: string) => (
      <NetronProvider client={client}>
        <Link name={name} />
      </NetronProvider>
    );
    await stage.screen.show(under('plain'));
    await ready();
    expect([result.handle.value?.name, stage.screen.text]).toEqual(['plain', 'none']);
    await stage.screen.show(under('both'));
    await ready();
    expect([result.handle.value?.name, stage.screen.text]).toEqual(['both', 'idle']);
    await stage.screen.show(null);
    client.close();
  });

  it('shows that there is no backend of this name, and works for one that there is', async () => {
    await stage.screen.show(<Link name="nope" />);
    await ready();
    expect(stage.screen.text).toBe('unknown-backend');
    await stage.screen.show(<Link name="default" />);
    await ready();
    expect(stage.screen.text).toBe('idle');
  });
});
