/** Shown in place of a secret. The value itself never leaves the page. */
export const REDACTED = '••••';

const SECRET_KEY =
  /pass(word|wd|phrase)?$|secret|token$|^auth(orization)?$|cookie|api[-_]?key|private[-_]?key|credential|^(ssn|cvv|cvc|pin)$|card[-_]?number|session[-_]?id$/i;
/** JWT, bearer headers, PEM blocks: secret whatever their key is called. */
const SECRET_VALUE = /^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+$|^(Bearer|Basic)\s+\S{8,}$|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

export function isSecretText(text: string): boolean {
  return text.length >= 12 && SECRET_VALUE.test(text);
}
