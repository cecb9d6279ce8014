import { describe, expect, it } from 'vitest';
import { diffValues } from './diff.js';
import { errorLine, preview, previewArgs } from './preview.js';
import { isSecretKey, REDACTED, redactText } from './redaction.js';
import { valueAt, valuePage } from './value-page.js';

/** Under these names anything is a secret. */
const SECRET_KEYS = [
  ...['password', 'Password', 'PASSWORD', 'passwd', 'pwd', 'pass', 'dbPass', 'smtp_pass', 'passphrase', 'passcode'],
  ...[
    'userPassword',
    'new_password',
    'password2',
    'passwordConfirmation',
    'password_hash',
    'currentPassword',
    'userpwd-pwd',
  ],
  ...['secret', 'clientSecret', 'client_secret', 'secretAccessKey', 'webhook-secret', 'SECRETS', 'appSecretProof'],
  ...['token', 'accessToken', 'access_token', 'refresh-token', 'idToken', 'csrfToken', 'X-XSRF-TOKEN', 'apiTokens'],
  ...['authorization', 'Authorization', 'Proxy-Authorization', 'authorizationHeader', 'auth', 'authHeader'],
  ...['cookie', 'Cookie', 'Set-Cookie', 'cookies', 'sessionId', 'session_id', 'SESSION-ID', 'sid', 'jwt', 'userJwt'],
  ...[
    'apiKey',
    'api_key',
    'X-API-Key',
    'apikey',
    'apiKeys',
    'privateKey',
    'private_key_pem',
    'accessKey',
    'signingKey',
  ],
  ...['encryptionKey', 'sshKey', 'credential', 'credentials', 'bearer', 'cardNumber', 'card_number', 'creditCard'],
  ...['ccNumber', 'cvv', 'cvv2', 'cvc', 'securityCode', 'pin', 'pinCode', 'ssn', 'socialSecurityNumber', 'otp', 'totp'],
  ...['mnemonic', 'seedPhrase', 'recoveryCodes', 'connectionString', 'oneTimeCode'],
];

const BENIGN_KEYS = [
  ...['id', 'name', 'email', 'author', 'authors', 'authored', 'authorId', 'passenger', 'compass', 'bypass', 'passed'],
  ...[
    'passRate',
    'passCount',
    'spinner',
    'pinned',
    'spinning',
    'pinnedAt',
    'opinion',
    'mapPins',
    'tokenCount',
    'tokens',
  ],
  ...[
    'maxTokens',
    'totalTokens',
    'tokenizer',
    'nextPageToken',
    'pageToken',
    'continuationToken',
    'secretary',
    'secretariat',
  ],
  ...['key', 'keys', 'primaryKey', 'foreignKey', 'sortKey', 'cacheKey', 'publicKey', 'keyboard', 'monkey', 'keyPath'],
  ...[
    'session',
    'sessions',
    'sessionStart',
    'cookieConsent',
    'cookiesAccepted',
    'card',
    'cards',
    'cardinality',
    'cardTitle',
  ],
  ...[
    'number',
    'code',
    'zipCode',
    'status',
    'class',
    'classification',
    'passage',
    'bearing',
    'side',
    'inside',
    'optical',
  ],
  ...[
    'passwordPolicy',
    'passwordless',
    'passwordMinLength',
    'passwordUpdatedAt',
    'inputs',
    'jwtless'.slice(3),
    'hotspot',
  ],
];

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAcanary\n-----END RSA PRIVATE KEY-----';

/** A text, and the part of it that must not be seen. */
const SECRET_TEXTS: readonly (readonly [text: string, canary: string])[] = [
  [JWT, 'eyJzdWIi'],
  [`token was ${JWT}!`, 'eyJzdWIi'],
  [`"${JWT}"`, 'eyJzdWIi'],
  [JWT.slice(0, 60), 'eyJzdWIi'],
  ['bearer abc123DEF456', 'abc123DEF456'],
  ['rejected: Bearer abc123DEF456 is old', 'abc123DEF456'],
  ['Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
  ['header Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== refused', 'QWxhZGRpbjpv'],
  [PEM, 'canary'],
  [`key:\n${PEM}\nend`, 'canary'],
  ['-----BEGIN PRIVATE KEY-----\nMIIcanary', 'canary'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blcanary\n-----END OPENSSH PRIVATE KEY-----', 'canary'],
  ['https://ada:hunter2@example.com/x', 'hunter2'],
  ['cannot connect to postgres://app:s3cr3t@db:5432/main', 's3cr3t'],
  ['https://x.test/?token=canary1&page=2', 'canary1'],
  ['https://x.test/?a=1&access_token=canary2', 'canary2'],
  ['https://x.test/cb#id_token=canary3', 'canary3'],
  ['https://x.test/?api_key=canary4', 'canary4'],
  ['https://maps.test/?key=canary5&v=3', 'canary5'],
  ['https://s3.test/o?X-Amz-Signature=canary6', 'canary6'],
  ['https://blob.test/o?sv=1&sig=canary7', 'canary7'],
  ['wss://live.test/?token=canary8', 'canary8'],
  ['https://x.test/;sid=canary9', 'canary9'],
  ['login failed for password=hunter2', 'hunter2'],
  ['bad body {"password":"hunter2"}', 'hunter2'],
  ["{ password: 'hunter2', user: 'ada' }", 'hunter2'],
  ['secret: hunter2', 'hunter2'],
  ['apiKey=canary10, retry', 'canary10'],
  ['api-key: canary11', 'canary11'],
  ['session_id=canary12', 'canary12'],
  ['sk_live_4eC39HqLyjWDarjtT1zdp7dc', '4eC39HqL'],
  ['rk_test_4eC39HqLyjWDarjtT1zdp7dc', '4eC39HqL'],
  ['ghp_16C7e42F292c6912E7710c838347Ae178B4a', '16C7e42F'],
  ['github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz', '11ABCDEFG0'],
  ['glpat-ABCdef123456789xyz12', 'ABCdef12'],
  ['xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOHcbrzqgy', '17653672481'],
  ['AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7'],
  ['AIzaSyDdI0hCZtE6vySjMm-WEfRq3CPzqKqqsHI', 'SyDdI0hC'],
  ['sk-proj-abcdEFGH1234ijklMNOP5678', 'abcdEFGH'],
  ['SG.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf09kqeF8tAmbihY', 'ngeVfQFY'],
  ['npm_abcdefghijklmnopqrstuvwxyz0123456789', 'abcdefghij'],
  ['4111111111111111', '4111111111111111'],
  ['4111 1111 1111 1111', '1111 1111'],
  ['paid with 5500-0000-0000-0004.', '0000-0004'],
  ['378282246310005', '378282246310005'],
  ['3782 822463 10005', '822463'],
  ['card 6011000990139424 declined', '6011000990139424'],
];

const BENIGN_TEXTS = [
  ...[
    '',
    'a',
    'hello',
    'Bearer of good news',
    'bearer instruments',
    'Bearer authentication failed',
    'Basic information',
  ],
  ...[
    'Basic training course',
    'eyJ',
    'eyJhbGciOiJIUzI1NiJ9',
    'the eyes have it',
    'token',
    'Unexpected token } in JSON',
  ],
  ...[
    'Invalid token: expired',
    'wrong password',
    'Password must have 8 letters',
    'secretary',
    'https://example.com/?page=2',
  ],
  ...[
    'https://example.com:8080/a?b=c#d',
    'ada@example.com',
    'mailto:ada@example.com',
    'see http://x.test/@ada',
    'a:b@c',
  ],
  ...[
    'https://x.test/?monkey=1&sort=key',
    'https://x.test/?category=sid',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ],
  ...[
    '-----BEGIN PUBLIC KEY-----\nMIIB',
    '0190a000-0000-7000-8000-000000000001',
    '2023-11-14T22:13:20.000Z',
    '1700000000000',
  ],
  ...[
    '1700000000000000',
    '4111111111111112',
    '123456789012345678901',
    '0.4111111111111111',
    '+49 151 23456789',
    '192.168.0.1',
  ],
  ...[
    'sk-fading-circle',
    'ghp_short',
    'AKIA',
    'lorem ipsum dolor sit amet',
    '🔑 keys',
    'd41d8cd98f00b204e9800998ecf8427e',
  ],
  ...[
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    'users.list',
    'SELECT * FROM tokens',
    'C:\\keys\\id',
    'price: 12',
  ],
  ...[
    'a=b&c=d',
    'key=value',
    'v1.2.3-beta.4',
    'one two three four five six seven',
    'Map(3)',
    '{}',
    '[object Object]',
    '日本語のテキスト',
  ],
  ...[
    'author: Ada',
    'passport office',
    'pin the map',
    'cookie recipes',
    'api docs',
    'session opened',
    'card game',
    'x'.repeat(500),
  ],
];

const CANARY = 'canary-0451';

describe('isSecretKey', () => {
  it.each(SECRET_KEYS)('hides %s', (key) => expect(isSecretKey(key)).toBe(true));
  it.each(BENIGN_KEYS)('shows %s', (key) => expect(isSecretKey(key)).toBe(false));

  it('keeps no more names than it needs, and still knows them', () => {
    for (let i = 0; i < 20_000; i++) isSecretKey(`name${i}`);
    expect(isSecretKey('password')).toBe(true);
    expect(isSecretKey('name1')).toBe(false);
    expect(isSecretKey(`${'x'.repeat(1_000_000)}password`)).toBe(false);
  });
});

describe('redactText', () => {
  it.each(SECRET_TEXTS)('blots %j', (text, canary) => {
    const shown = redactText(text, 1_000);
    expect(shown).not.toContain(canary);
    expect(shown).toContain(REDACTED);
    expect(redactText(shown, 1_000)).toContain(REDACTED);
  });

  it.each(BENIGN_TEXTS)('leaves %j', (text) => expect(redactText(text, 1_000)).toBe(text));

  it('takes what follows a lone Bearer for a token, even if it could be a word', () => {
    expect(redactText('Bearer abcdefghijkl', 100)).toBe(REDACTED);
    expect(redactText('Bearer of bad news', 100)).toBe('Bearer of bad news');
  });

  it('keeps what stands around a secret', () => {
    expect(redactText('GET https://ada:pw1234@x.test/?token=abc&page=2', 100)).toBe(
      `GET https://ada:${REDACTED}@x.test/?token=${REDACTED}&page=2`,
    );
  });

  it('sees a secret that goes on beyond what is shown', () => {
    const text = `${'x'.repeat(30)} ${JWT}`;
    expect(redactText(text, 40)).toBe(`${'x'.repeat(30)} ${REDACTED}`);
    expect(preview(text)).not.toContain('eyJ');
  });

  it.each([
    ['eyJ', 'eyJ'.repeat(100_000)],
    ['eyJ.', 'eyJaaaaaaaa.'.repeat(100_000)],
    ['BEGIN', '-----BEGIN '.repeat(100_000)],
    ['digits', '4'.repeat(1_000_000)],
    ['cards', '4111 '.repeat(100_000)],
    ['urls', '://a:'.repeat(100_000)],
    ['spaces', `bearer${' '.repeat(1_000_000)}`],
    ['keys', 'password '.repeat(100_000)],
  ])('takes no longer for a text made to be slow: %s', (_, text) => {
    const startedMs = performance.now();
    redactText(text, 4_096);
    expect(performance.now() - startedMs).toBeLessThan(300);
  });
});

/** Where in a value the panel may look. */
const PATHS = [[], [0], [1], [2], [0, 0], [0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]];

/** Everything of a value that could reach the panel. */
function seen(value: unknown): string {
  const levels = PATHS.map((path) => valueAt(value, path)?.value);
  return JSON.stringify([
    preview(value),
    previewArgs([value, { value }]),
    ...levels.flatMap((level) => [valuePage(level, 0), preview(level)]),
    diffValues(undefined, value),
    diffValues({ value }, { value: structuredCloneOrNull(value) }),
    diffValues({ value: null }, { value }),
    diffValues({ value }, {}),
    diffValues([value], []),
    errorLine(new Error(typeof value === 'string' ? value : 'none')),
  ]);
}

function structuredCloneOrNull(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value } : null;
}

const NESTS: readonly (readonly [string, (inner: unknown) => unknown])[] = [
  ['itself', (inner) => inner],
  ['an object', (inner) => ({ a: inner })],
  ['an array', (inner) => [inner]],
  ['a map', (inner) => new Map([['a', inner]])],
  ['a set', (inner) => new Set([inner])],
  ['eight levels', (inner) => ({ a: [{ b: [{ c: [{ d: inner }] }] }] })],
  ['an error', (inner) => Object.assign(new Error('e'), { details: inner })],
];

describe('what leaves the page', () => {
  it.each(NESTS)('shows nothing of a value with a secret name in %s', (_, nest) => {
    for (const key of SECRET_KEYS) {
      for (const secret of [CANARY, [CANARY], { inner: CANARY }]) {
        expect(seen(nest({ [key]: secret, ok: 1 })), key).not.toContain(CANARY);
        expect(seen(nest(new Map([[key, secret]]))), key).not.toContain(CANARY);
      }
    }
  });

  it.each(NESTS)('shows nothing of a secret by its shape in %s', (_, nest) => {
    for (const [text, canary] of SECRET_TEXTS) {
      expect(seen(nest(text)), text).not.toContain(canary);
      expect(seen(nest({ note: text })), text).not.toContain(canary);
      expect(seen(nest({ [text]: 1 })), text).not.toContain(canary);
    }
  });

  it('shows what is no secret', () => {
    for (const key of BENIGN_KEYS) expect(preview({ [key]: CANARY }), key).toContain(CANARY);
    for (const text of BENIGN_TEXTS) {
      expect(valuePage({ text }, 0).children?.[0]?.node, text).toMatchObject({ type: 'string', preview: text });
    }
  });

  it('says of a secret only that it is one', () => {
    expect(preview({ user: 'ada', password: 'hunter2' })).toBe(`{user: "ada", password: ${REDACTED}}`);
    expect(diffValues({ password: 'a' }, { password: 'b' }).changes).toEqual([
      { path: '.password', op: 'change', before: REDACTED, after: REDACTED },
    ]);
    expect(diffValues({ password: 'a' }, { password: 'a' }).changes).toEqual([]);
    expect(valuePage({ password: 'a' }, 0).children?.[0]?.node).toEqual({
      type: 'redacted',
      preview: `${REDACTED} secret name`,
      size: 0,
    });
    expect(valuePage(JWT, 0)).toMatchObject({ type: 'redacted', preview: `${REDACTED} looks like a secret` });
  });
});
