import { checkDefaults } from '../client-config.js';
import { assertOption } from '../option-error.js';
import type { MutationDefaults, QueryDefaults } from '../service-defaults.js';

/** What `typeof` says of the values that an option may have; what is in them is checked by the calls. */
type Types<O> = Readonly<Record<keyof O, readonly string[]>>;

const FUNCTION = ['function'];
const BOOLEAN = ['boolean'];
const ANYTHING = ['string', 'number', 'bigint', 'boolean', 'symbol', 'object', 'function'];

const REQUEST = {
  timeout: ['number'],
  retry: ['number', 'boolean', 'object'],
  priority: ['string'],
  metrics: FUNCTION,
  transform: FUNCTION,
  validate: ['function', 'object'],
  fallback: ANYTHING,
};

export const QUERY_TYPES: Types<QueryDefaults> = { ...REQUEST, cache: ['number', 'object'], dedupe: BOOLEAN };

export const MUTATION_TYPES: Types<MutationDefaults> = {
  ...REQUEST,
  optimistic: ['function', 'object'],
  target: ['object'],
  invalidate: ['string', 'object', 'function'],
  idempotent: BOOLEAN,
  scope: ['string'],
  onConflict: FUNCTION,
};

/** @throws NetronError `invalid-config` that names the option, such as `@Query(list).timeout`. */
export function assertDefaults(at: string, options: object, types: Readonly<Record<string, readonly string[]>>): void {
  checkDefaults(at, options);
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(types, name) ? types[name] : undefined;
    const names = Object.keys(types).join(', ');
    const fits = expected?.includes(typeof value) ?? false;
    assertOption(`${at}.${name}`, value, value === undefined || fits, expected?.join(' or ') ?? `one of ${names}`);
  }
}
