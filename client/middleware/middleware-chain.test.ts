import { beforeEach, describe, expect, it } from 'vitest';
import { compose, type Layer, type Middleware } from './middleware.js';
import { MiddlewareChain, type MiddlewareOptions } from './middleware-chain.js';
import { testContext } from './test-context.js';

let chain: MiddlewareChain;
beforeEach(() => {
  chain = new MiddlewareChain();
});

const pass: Middleware = (_context, next) => next();

function names(backend = 'main', service = 'users@1.0.0', method = 'get'): string[] {
  return chain.for(backend, service, method).map(({ name }) => name);
}

function add(name: string, options: Omit<MiddlewareOptions, 'stage'> = {}): () => void {
  return chain.add(pass, { ...options, name });
}

describe('the order of middleware', () => {
  it('is that of adding, the first one outermost', () => {
    for (const name of ['a', 'b', 'c']) add(name);
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  it('has higher priorities further out, and keeps equals in the order of adding', () => {
    add('a');
    add('low', { priority: -5 });
    add('high', { priority: 10 });
    add('b');
    add('high too', { priority: 10 });
    add('highest', { priority: 10.5 });
    expect(names()).toEqual(['highest', 'high', 'high too', 'a', 'b', 'low']);
  });
});

describe('which calls a middleware has', () => {
  it.each<[Omit<MiddlewareOptions, 'stage' | 'name'>, boolean]>([
    [{}, true],
    [{ backend: 'main' }, true],
    [{ backend: 'mai' }, false],
    [{ backend: 'ain' }, false],
    [{ backend: '*' }, true],
    [{ backend: 'm*n' }, true],
    [{ backend: 'x*' }, false],
    [{ service: 'users' }, true],
    [{ service: 'users@1.0.0' }, true],
    [{ service: 'users@2.0.0' }, false],
    [{ service: 'users@1*0' }, true],
    [{ service: 'users@1x0x0' }, false],
    [{ service: 'us.rs' }, false],
    [{ service: 'us*' }, true],
    [{ service: 'USERS' }, false],
    [{ service: /^US/i }, true],
    [{ service: /^users$/ }, true],
    [{ service: /@2/ }, false],
    [{ method: 'get' }, true],
    [{ method: 'get*' }, true],
    [{ method: '(get' }, false],
    [{ method: ['set', 'get'] }, true],
    [{ method: ['set', /^g/] }, true],
    [{ method: ['set', 'del*'] }, false],
    [{ method: [] }, false],
    [{ backend: 'main', service: 'users', method: 'get' }, true],
    [{ backend: 'main', service: 'users', method: 'set' }, false],
    [{ backend: 'live', service: 'users', method: 'get' }, false],
    [{ backend: 'main', service: 'orders', method: 'get' }, false],
  ])('%j has users@1.0.0 get on main: %s', (options, fits) => {
    add('it', options);
    expect(names()).toEqual(fits ? ['it'] : []);
  });

  it('is tested from the start of a name, also by a global RegExp', () => {
    add('it', { method: /get/g });
    expect(['get', 'getAll', 'get', 'forget'].map((method) => names('main', 'users', method).length)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('is looked up once per method, until something is added or removed', () => {
    add('a', { method: 'get' });
    const get = chain.for('main', 'users', 'get');
    expect(chain.for('main', 'users', 'get')).toBe(get);
    expect(chain.for('main', 'users', 'set')).toEqual([]);
    const remove = add('b');
    expect(names()).toEqual(['a', 'b']);
    expect(get.map(({ name }) => name)).toEqual(['a']);
    remove();
    expect(names()).toEqual(['a']);
  });

  it('keeps names apart that read the same when they are put together', () => {
    add('it', { service: 'a' });
    expect(names('x', 'a', 'b.c')).toEqual(['it']);
    expect(names('x', 'a.b', 'c')).toEqual([]);
    expect(names('x.a', 'b', 'c')).toEqual([]);
  });

  it('is forgotten for 1,000 methods at once, and counted, when more are called', () => {
    add('it', { method: 'm*' });
    const first = chain.for('main', 'users', 'm1');
    for (let i = 2; i <= 1_000; i++) chain.for('main', 'users', `m${i}`);
    expect(chain.for('main', 'users', 'm1')).toBe(first);
    expect(chain.dropped).toBe(0);
    expect(chain.for('main', 'users', 'm1001').length).toBe(1);
    expect(chain.dropped).toBe(1_000);
    expect(chain.for('main', 'users', 'm1')).not.toBe(first);
    expect(chain.for('main', 'users', 'm1')).toEqual(first);
  });

  it('is none, and costs no look-up, when nothing was added', () => {
    expect(chain.for('main', 'users', 'get')).toEqual([]);
    expect(chain.for('main', 'users', 'get')).toBe(chain.for('live', 'orders', 'list'));
  });
});

describe('adding and removing', () => {
  it('adds one function twice, and removes each by itself, once', () => {
    const [removeFirst, removeSecond] = [chain.add(pass), chain.add(pass)];
    add('b');
    removeFirst();
    removeFirst();
    expect(names()).toEqual(['pass', 'b']);
    removeSecond();
    expect(names()).toEqual(['b']);
  });

  it('names a middleware after its function, or by its number', () => {
    chain.add(async function audit(_context, next) {
      return next();
    });
    chain.add((_context, next) => next());
    chain.add((_context, next) => next(), { name: 'mine' });
    expect(names()).toEqual(['audit', '#2', 'mine']);
  });

  it('does not touch calls that are under way', async () => {
    let release: () => void = () => undefined;
    const seen: string[] = [];
    const waits = new Promise<void>((resolve) => {
      release = resolve;
    });
    chain.add(async (_context, next) => {
      await waits;
      return next();
    });
    const remove = chain.add((_context, next) => {
      seen.push('inner');
      return next();
    });
    const call = compose(chain.for('main', 'users', 'get'), testContext(), async () => 'result');
    remove();
    chain.add(() => expect.fail('came later'));
    release();
    expect(await call).toBe('result');
    expect(seen).toEqual(['inner']);
  });

  it('refuses the 101st, and takes it once another is removed', () => {
    const removers = Array.from({ length: 100 }, (_, i) => add(`m${i}`));
    expect(() => add('one more')).toThrow(
      expect.objectContaining({
        code: 'invalid-config',
        reason: 'option middleware is 101 (number), expected at most 100 at a time',
      }),
    );
    expect(names().length).toBe(100);
    removers[7]?.();
    add('one more');
    expect(names()).toContain('one more');
  });

  it.each<[unknown, unknown, string]>([
    [undefined, {}, 'option middleware is undefined (undefined), expected a function'],
    ['audit', {}, 'option middleware is "audit" (string), expected a function'],
    [pass, null, 'option middleware is null (object), expected an object'],
    [pass, 5, 'option middleware is 5 (number), expected an object'],
    [
      pass,
      { priority: Number.NaN },
      'option middleware.priority is NaN (number), expected a number from -1000000 to 1000000',
    ],
    [
      pass,
      { priority: Number.POSITIVE_INFINITY },
      'option middleware.priority is Infinity (number), expected a number from -1000000 to 1000000',
    ],
    [
      pass,
      { priority: 'high' },
      'option middleware.priority is "high" (string), expected a number from -1000000 to 1000000',
    ],
    [
      pass,
      { backend: 5 },
      'option middleware.backend is 5 (number), expected a name with *, a RegExp or a list of these',
    ],
    [
      pass,
      { service: { name: 'users' } },
      'option middleware.service is [object Object] (object), expected a name with *, a RegExp or a list of these',
    ],
    [
      pass,
      { method: ['get', 5] },
      'option middleware.method is [object Array] (object), expected a name with *, a RegExp or a list of these',
    ],
    [
      pass,
      { method: [['get']] },
      'option middleware.method is [object Array] (object), expected a name with *, a RegExp or a list of these',
    ],
    [
      pass,
      { method: null },
      'option middleware.method is null (object), expected a name with *, a RegExp or a list of these',
    ],
    [
      pass,
      { stage: 'pre' },
      'option middleware.stage is "pre" (string), expected PRE_REQUEST or POST_RESPONSE or ERROR',
    ],
    [pass, { name: 5 }, 'option middleware.name is 5 (number), expected a string'],
    [
      pass,
      { prio: 5 },
      'option middleware.prio is 5 (number), expected only priority,backend,service,method,stage,name',
    ],
  ])('refuses %j with %j and adds nothing', (middleware, options, reason) => {
    const layers: readonly Layer[] = chain.for('main', 'users', 'get');
    expect(() => chain.add(middleware as Middleware, options as undefined)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason }),
    );
    expect(chain.for('main', 'users', 'get')).toBe(layers);
    chain.add(pass, { method: undefined as never, priority: 1 });
    expect(names()).toEqual(['pass']);
  });
});
