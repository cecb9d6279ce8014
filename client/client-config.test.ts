import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseClientOptions } from './client-config.js';
import type { ClientOptions } from './client-options.js';
import { NetronClient } from './netron-client.js';

const good: ClientOptions = { url: 'https://api.example.com' };

/** What no typed program would write, but a page may. */
const foreign = (options: unknown): ClientOptions => options as ClientOptions;

const refused: readonly (readonly [string, ClientOptions, string])[] = [
  ['no options at all', foreign(undefined), 'option options is undefined'],
  ['null', foreign(null), 'option options is null'],
  ['no backend', {}, 'option url or backends is undefined (undefined), expected at least one backend'],
  ['an empty list of backends', { backends: {} }, 'option url or backends'],
  ['backends that are no object', foreign({ backends: 'https://x' }), 'option backends is "https://x" (string)'],
  [
    'a relative URL where there is no page',
    { url: '/api' },
    'option url is "/api" (string), expected a URL that begins with http:',
  ],
  ['a relative baseUrl', { baseUrl: 'api' }, 'option baseUrl is "api"'],
  ['an empty URL', { url: '' }, 'option url is ""'],
  ['a URL of another scheme', { url: 'ftp://x' }, 'option url is "ftp://x"'],
  ['a URL that is no text', foreign({ url: 7 }), 'option url is 7 (number)'],
  ['both url and backends', { url: 'https://x', backends: { a: 'https://a' } }, 'option url is "https://x"'],
  ['a backend that is null', foreign({ backends: { a: null } }), 'option backends.a is null'],
  ['a backend that is a number', foreign({ backends: { a: 1 } }), 'option backends.a is 1 (number)'],
  ['a backend without a URL', foreign({ backends: { a: {} } }), 'option backends.a.url is undefined'],
  ['a bad URL of one of several', { backends: { a: 'https://a', b: { url: 'b' } } }, 'option backends.b.url is "b"'],
  ['a timeout of 0', { backends: { a: { url: 'https://a', timeout: 0 } } }, 'option backends.a.timeout is 0 (number)'],
  [
    'a timeout that is NaN',
    { backends: { a: { url: 'https://a', timeout: Number.NaN } } },
    'backends.a.timeout is NaN',
  ],
  ['a timeout in text', foreign({ backends: { a: { url: 'https://a', timeout: '5' } } }), 'backends.a.timeout is "5"'],
  ['a negative cache time', { backends: { a: { url: 'https://a', cache: -1 } } }, 'option backends.a.cache is -1'],
  [
    'a default that is no backend',
    { backends: { a: 'https://a', b: 'https://b' }, default: 'c' },
    'default is "c" (string), expected one of a, b',
  ],
  [
    'an inherited name as default',
    { backends: { a: 'https://a' }, default: 'toString' },
    'option default is "toString"',
  ],
  [
    'a cache that is a number',
    foreign({ ...good, cache: 60_000 }),
    'option cache is 60000 (number), expected an object',
  ],
  ['maxEntries 0', { ...good, cache: { maxEntries: 0 } }, 'option cache.maxEntries is 0'],
  ['maxEntries between two numbers', { ...good, cache: { maxEntries: 1.5 } }, 'option cache.maxEntries is 1.5'],
  [
    'maxEntries without end',
    { ...good, cache: { maxEntries: Number.POSITIVE_INFINITY } },
    'option cache.maxEntries is Infinity',
  ],
  [
    'devtools in text',
    foreign({ ...good, devtools: 'on' }),
    'option devtools is "on" (string), expected a boolean or an object',
  ],
  [
    'a ring of 15',
    { ...good, devtools: { ringCapacity: 15 } },
    'option devtools.ringCapacity is 15 (number), expected',
  ],
  ['a ring of 16.5', { ...good, devtools: { ringCapacity: 16.5 } }, 'option devtools.ringCapacity is 16.5'],
  ['a ring over a million', { ...good, devtools: { ringCapacity: 1_048_577 } }, 'devtools.ringCapacity is 1048577'],
  ['a name that is no text', foreign({ ...good, devtools: { name: 1 } }), 'option devtools.name is 1 (number)'],
];

describe('parseClientOptions', () => {
  it.each(refused)('refuses %s by name, and takes good options after it', (_name, options, reason) => {
    expect(() => new NetronClient(options)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining(reason) }),
    );
    new NetronClient(good).close();
  });

  it('calls the one backend default', () => {
    for (const options of [good, { baseUrl: 'https://api.example.com' }]) {
      const { backends, defaultBackend, maxEntries } = parseClientOptions(options);
      expect(defaultBackend).toBe('default');
      expect(backends[0]).toMatchObject({
        name: 'default',
        url: 'https://api.example.com',
      });
      expect(maxEntries).toBe(10_000);
    }
  });

  it('takes the first of several backends as default unless told otherwise', () => {
    const backends = { main: 'https://a', live: { url: 'wss://b', timeout: Number.POSITIVE_INFINITY, cache: 5 } };
    expect(parseClientOptions({ backends }).defaultBackend).toBe('main');
    const parsed = parseClientOptions({ backends, default: 'live' });
    expect(parsed.defaultBackend).toBe('live');
    expect(parsed.backends[1]).toMatchObject({
      name: 'live',
      url: 'wss://b',
      timeout: Number.POSITIVE_INFINITY,
      cache: 5,
    });
  });

  it.each(['http://a', 'https://a/b/', 'ws://a', 'wss://a?token=t', 'WSS://a', 'http://[::1]:80'])(
    'takes %s',
    (url) => {
      expect(parseClientOptions({ url }).backends.length).toBe(1);
    },
  );

  it('takes a path for one of the page it is on', () => {
    vi.stubGlobal('location', new URL('https://app.example.com/orders?page=2'));
    try {
      const backends = { api: '/api', cdn: { url: '//cdn.example.com' } };
      const urls = parseClientOptions({ backends }).backends.map(({ url }) => url);
      expect(urls).toEqual(['https://app.example.com/api', 'https://cdn.example.com/']);
      expect(() => parseClientOptions({ url: 'api' })).toThrow('option url is "api"');
      expect(() => parseClientOptions({ url: '' })).toThrow('option url is ""');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it.each(['-1', Number.NaN])('refuses a defaultMaxAge of %s', (defaultMaxAge) => {
    expect(() => parseClientOptions(foreign({ ...good, cache: { defaultMaxAge } }))).toThrow(
      /option cache.defaultMaxAge/,
    );
  });

  it.each([{ retry: -1 }, { retry: 'often' }, { priority: 'urgent' }, { metrics: 5 }])(
    'refuses what every call would be refused for: %j',
    (wrong) => {
      const [name] = Object.keys(wrong);
      const message = (at: string) =>
        expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining(at) });
      const backends = foreign({ backends: { a: { url: 'https://a', ...wrong } } });
      expect(() => new NetronClient(backends)).toThrow(message(`option backends.a.${name}`));
      const client = new NetronClient(good);
      expect(() => client.setGlobalOptions(wrong as never)).toThrow(message(`option defaults.${name}`));
      client.setGlobalOptions({ retry: 2, priority: 'low' });
      client.close();
    },
  );

  it('takes the limits of the ring', () => {
    for (const ringCapacity of [16, 1_048_576]) {
      expect(parseClientOptions({ ...good, devtools: { ringCapacity } }).devtools).toEqual({
        name: 'netron',
        ringCapacity,
      });
    }
  });
});

describe('the tap', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is on by default, but not in production, and can be switched either way', () => {
    expect(parseClientOptions(good).devtools).toEqual({ name: 'netron', ringCapacity: 4_096 });
    expect(parseClientOptions({ ...good, devtools: false }).devtools).toBeUndefined();
    vi.stubEnv('NODE_ENV', 'production');
    expect(parseClientOptions(good).devtools).toBeUndefined();
    expect(parseClientOptions({ ...good, devtools: true }).devtools).toBeDefined();
  });

  it('is on where there is no process', () => {
    vi.stubGlobal('process', undefined);
    try {
      expect(parseClientOptions(good).devtools).toBeDefined();
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
