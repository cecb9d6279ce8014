import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { callOf, postJson } from './test-post.js';

@Service('feed@1.0.0', { contract: { items: { streaming: true }, all: { streaming: false } }, cache: true })
class Feed {
  @Public()
  async *items(): AsyncGenerator<number> {
    yield 1;
  }
  @Public()
  all(): number[] {
    return [1];
  }
}

let open: Fixture;
let closedOrigin: Fixture;
let auth: Fixture;

beforeAll(async () => {
  const services = () => [new Feed()];
  [open, closedOrigin, auth] = await Promise.all([
    createFixture({ services: services() }),
    createFixture({ services: services(), cors: false }),
    createFixture({ services: services(), auth: true }),
  ]);
});
afterAll(() => Promise.all([open, closedOrigin, auth].map((fixture) => fixture.close())));

const hintsOf = async (fixture: Fixture, method: string, headers: Record<string, string>): Promise<object> => {
  const { body } = await postJson(fixture, '/netron/invoke', callOf('feed@1.0.0', method), headers);
  expect(body).toMatchObject({ success: true, data: [1] });
  return (body as { hints: object }).hints;
};

describe('the hint streaming of a method whose contract declares it', () => {
  it.each([
    ['a plain call', () => open, {}, false],
    ['a bearer', () => open, { Authorization: 'Bearer x' }, true],
    ['a foreign origin', () => open, { Origin: 'http://app.test' }, true],
    ['a foreign origin that is not served', () => closedOrigin, { Origin: 'http://app.test' }, false],
    ['a server with users', () => auth, {}, true],
  ] as const)('with %s', async (_name, fixtureOf, headers, hinted) => {
    const hints = await hintsOf(fixtureOf(), 'items', headers);
    expect(Object.keys(hints)).toEqual(hinted ? ['metrics', 'streaming', 'cache'] : ['metrics', 'cache']);
    if (hinted) expect(hints).toMatchObject({ streaming: true });
  });

  it('is there for no other method', async () => {
    expect(await hintsOf(auth, 'all', {})).not.toHaveProperty('streaming');
  });
});
