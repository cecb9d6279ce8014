import { both, subject, ws } from '../case.js';
import { Echo } from '../contracts.js';
import { equal, fails, failsWith, holds, isError, isRefused, isResult, oneOf, settle } from '../expect.js';

const DATE = new Date(1_700_000_000_000);
const NESTED = { d: DATE, m: new Map([['k', new Set([1n])]]), l: [null, undefined, true, -1, 1.5, 2 ** 40] };

/** What `echo.make` gives over WebSocket, and what `echo.typeOf` calls it when it comes back. */
const MADE: Readonly<Record<string, readonly [value: unknown, type: string]>> = {
  date: [DATE, 'Date'],
  map: [
    new Map<unknown, unknown>([
      ['a', 1],
      [2, { deep: true }],
    ]),
    'Map',
  ],
  set: [new Set([1, 'two', 3]), 'Set'],
  bigint: [12_345_678_901_234_567_890n, 'bigint'],
  regexp: [/ab+c/gi, 'RegExp'],
  bytes: [Uint8Array.of(0, 1, 2, 253, 254, 255), 'Bytes6'],
  undefined: [undefined, 'undefined'],
  null: [null, 'null'],
  nested: [NESTED, 'object'],
  'a kind it does not know': ['a kind it does not know', 'string'],
};

/** Further values that must come back as they went. */
const ECHOED: Readonly<Record<string, unknown>> = {
  'a date at the epoch': new Date(0),
  'an empty Map and Set': [new Map(), new Set()],
  'a Map with keys of every kind': new Map<unknown, unknown>([
    [1n, 'a'],
    [DATE, 'b'],
    [null, 'c'],
    [[1], 'd'],
  ]),
  'negative and huge BigInts': [-1n, 0n, 2n ** 200n],
  'a RegExp without flags': /^a\/b$/,
  'bytes, none and many': [new Uint8Array(), new Uint8Array(70_000).fill(7)],
  'undefined beside absent': { here: undefined, list: [undefined, null] },
  'numbers at the bounds of their formats': [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1],
  'negative numbers': [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53) + 1],
  'NaN and infinities': [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
};

/** What JSON carries as well. */
const PLAIN: Readonly<Record<string, unknown>> = {
  'texts of every plane': ['', 'é', '日本', '👩‍💻', '\u0000\n"\\', 'x'.repeat(70_000)],
  fractions: [0.1, 1e-7, 1.7976931348623157e308, 5e-324],
  'booleans and null': [true, false, null],
  'a list of lists': [[], [[]], [[1], [2, [3]]]],
  'an object with odd keys': { '': 1, 'a b': 2, é: 3, constructor: 4 },
  'forty levels': Array.from({ length: 40 }).reduce<unknown>((inner) => ({ inner }), 'core'),
  'ten thousand items': Array.from({ length: 10_000 }, (_item, i) => ({ i, even: i % 2 === 0 })),
};

class NotPlain {
  readonly field = 1;
}

export const values = subject(
  'values',
  ...Object.entries(MADE).map(([kind, [value, type]]) =>
    ws(`${kind}, made and echoed`, async ({ client }) => {
      equal(await client.query(Echo, 'make', [kind]), value, 'what was made');
      equal(await client.query(Echo, 'echo', [value]), value, 'what came back');
      equal(await client.query(Echo, 'typeOf', [value]), type, 'what arrived');
    }),
  ),
  ...Object.entries(ECHOED).map(([title, value]) =>
    ws(title, async ({ client }) => equal(await client.query(Echo, 'echo', [value]), value)),
  ),
  ...Object.entries(PLAIN).map(([title, value]) =>
    both(title, async ({ client }) => equal(await client.query(Echo, 'echo', [value]), value)),
  ),
  both('typeOf a string, a number, a boolean, an object, null', async ({ client }) => {
    const types = await Promise.all(['a', 1, true, {}, null].map((value) => client.query(Echo, 'typeOf', [value])));
    equal(types, ['string', 'number', 'boolean', 'object', 'null']);
  }),
  // Errors go as arguments of mutations: a query needs a key of its arguments, which an error has not.
  ws('an error as a value', async ({ client }) => {
    const made = await client.query(Echo, 'make', ['error']);
    holds(made instanceof TypeError, 'what was made is no TypeError');
    equal(made.message, 'as value', 'its message');
    equal(await client.mutate(Echo, 'typeOf', [new TypeError('mine')]), 'Error:TypeError', 'what arrived');
  }),
  ws('an error of Titan as a value', async ({ client }) => {
    const made = await client.query(Echo, 'make', ['titanError']);
    holds(made instanceof Error, 'what was made is no Error');
    const { name, message, code, details } = made as Error & { code?: unknown; details?: unknown };
    equal({ name, message, code, details }, { name: 'TitanError', message: 'as value', code: 409, details: { a: 1 } });
    equal(await client.mutate(Echo, 'typeOf', [made]), 'Error:TitanError', 'what arrived');
  }),
  ws('an error with a cause as a value', async ({ client }) => {
    const failed = await failsWith(client.mutate(Echo, 'fail', ['cause']), 'remote', 500);
    const back = (await client.mutate(Echo, 'echo', [failed.cause])) as Error;
    holds(back instanceof Error && back.cause instanceof Error, 'the error or its cause did not come back');
    equal([back.message, back.cause.message], ['outer', 'inner'], 'the messages');
  }),
  ws('an error with properties of its own as a value', async ({ client }) => {
    const mine = Object.assign(new RangeError('mine'), { code: 'E_MINE', info: { a: 1 } });
    const back = (await client.mutate(Echo, 'echo', [mine])) as typeof mine;
    holds(back instanceof RangeError, 'what came back is no RangeError');
    equal([back.message, back.code, back.info], ['mine', 'E_MINE', { a: 1 }], 'its message and properties');
  }),
  ws('Uint8Array as a result', async ({ client }) => {
    const outcome = await settle(client.mutate(Echo, 'make', ['uint8']));
    return oneOf({
      'as bytes': () => isResult(outcome, Uint8Array.of(1, 2, 3)),
      'refused, as at the reference (079)': () =>
        isError(outcome, { status: 500, reason: 'Not supported: uint8array' }),
    });
  }),
  ws('an instance of a class as a result is an error', async ({ client }) =>
    fails(client.mutate(Echo, 'make', ['class']), { status: 500, reason: 'Not supported: object' }),
  ),
  ws('what the wire cannot carry is refused with its path', async ({ client }) => {
    for (const odd of [() => 1, Symbol('s'), new NotPlain(), new Date(-1)]) {
      await isRefused(client.mutate(Echo, 'echo', [{ a: [0, odd] }]), 'a[1]');
    }
    equal(await client.query(Echo, 'echo', [{ a: [0, 1] }]), { a: [0, 1] });
  }),
);
