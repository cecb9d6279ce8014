/** Shown in place of a secret. The value itself never leaves the page. */
export const REDACTED = '••••';

/** Read without separators and case, so that `apiKey`, `API-Key` and `api_key` are one. */
const SECRET_NAME = new RegExp(
  [
    'password(?!less|policy|rule|min|max|length|required|strength|updated|changed|expir)|passwd|passphrase|passcode',
    'secret(?!ar)|credential|cookie(?!s?(?:consent|banner|policy|accepted|notice|enabled))|mnemonic|seedphrase',
    '(?:api|private|access|signing|encryption|decryption|master|ssh|hmac|license|deploy)key',
    '(?<!page|next|continuation|cursor|sync)token$|(?:access|refresh|auth|id|api|session|csrf|device|bearer)tokens$',
    'authorization|^auth(?:header|data)?$|sessionid|connectionstring|(?:recovery|backup|onetime|verification)codes?$',
    'cardnumber|creditcard|cardno$|ccnumber|securitycode|socialsecurity|^(?:sid|ssn|pin)$|pin(?:code|number)$|^jwt|jwt$',
  ].join('|'),
);
/** Words that are secret alone, but not inside another: `dbPass` is, `compass` and `spinning` are not. */
const SECRET_WORD = /(?:^|-)(?:pass$|pwd|cvv2?|cvc2?|otp|totp|bearer)(?:-|$)/;

/** Most names that are remembered; the same few are met again and again. */
const KNOWN_NAMES = 5_000;
let knownNames: Map<string, boolean> | undefined;

export function isSecretKey(key: string): boolean {
  knownNames ??= new Map();
  let secret = knownNames.get(key);
  if (secret !== undefined) return secret;
  const words = key
    .slice(0, 200)
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-');
  secret = SECRET_NAME.test(words.replaceAll('-', '')) || SECRET_WORD.test(words);
  if (knownNames.size >= KNOWN_NAMES) knownNames.clear();
  knownNames.set(key, secret);
  return secret;
}

/** What gives itself away: JWT, `Bearer` and `Basic` before what is no word, PEM, keys of well-known makers. */
const SECRET_SHAPE = new RegExp(
  [
    '(?<![\\w-])eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)*',
    '\\b[Bb](?:earer|asic)\\s{1,4}(?=[\\w+/.~-]*(?:\\d|[a-z][A-Z]))[\\w+/.~-]{8,}={0,2}',
    '-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}-----|$)',
    '\\b(?:[sr]k_(?:live|test)_\\w{8,}|gh[pousr]_\\w{20,}|github_pat_\\w{20,}|glpat-[\\w-]{16,}|npm_\\w{30,})',
    '\\b(?:xox[a-z]-[\\w-]{10,}|A[KS]IA[0-9A-Z]{16}\\b|AIza[\\w-]{30,}|sk-[\\w-]{24,}|SG\\.[\\w-]{16,}\\.[\\w-]{16,})',
  ].join('|'),
  'g',
);
/** `user:password@` in a URL, `token=…`, `password: …`. */
const SECRET_AFTER = new RegExp(
  [
    '(:\\/\\/[^\\s/?#@:]{0,200}:)[^\\s/?#@]{1,500}(?=@)',
    '((?:token|signature|[?&#;](?:sig|key|sid|jwt|auth)|session[-_]?id)=)[^\\s"\'&,;#<>]+',
    '((?:password|passwd|pwd|passphrase|secret|api[-_]?key|access[-_]?key)["\']?\\s{0,2}[=:]\\s{0,2}["\']?)[^\\s"\'&,;#<>}]+',
  ].join('|'),
  'gi',
);
const CARD = /(?<![\d.])(?:(?:4\d|5[1-5]|2[2-7]|6[05])\d\d(?:[ -]?\d{4}){3}|3[47]\d\d[ -]?\d{6}[ -]?\d{5})(?!\d)/g;
const WHOLE = /^Bearer\s+\S{8,}$/;

/** The shortest text in which a secret is looked for. */
const SHORTEST = 8;
/** So much of a text is looked at beyond what is shown, for secrets that begin in sight. */
const MARGIN = 2_000;

/** At most `shown` characters of a text are going to be seen: the same with the secrets among them blotted out. */
export function redactText(text: string, shown: number): string {
  if (text.length < SHORTEST) return text;
  const seen = text.length > shown + MARGIN ? text.slice(0, shown + MARGIN) : text;
  if (WHOLE.test(seen)) return REDACTED;
  return seen
    .replace(SECRET_SHAPE, REDACTED)
    .replace(SECRET_AFTER, (_, ...groups: unknown[]) => `${groups.slice(0, 3).find(isText) ?? ''}${REDACTED}`)
    .replace(CARD, (digits) => (isCard(digits) ? REDACTED : digits));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Luhn's check, which nine in ten numbers fail that are no card's. */
function isCard(text: string): boolean {
  let sum = 0;
  let doubled = false;
  for (let i = text.length - 1; i >= 0; i--) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    const value = doubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    doubled = !doubled;
  }
  return sum % 10 === 0;
}
