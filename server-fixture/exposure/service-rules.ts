import type { z } from 'zod';
import type { AuthRule } from '../auth/authorize.js';

/** How a result may be kept by HTTP clients. */
export interface CacheRule {
  /** How long, in milliseconds. Default 300,000. */
  readonly maxAgeMs?: number;
  /** What a client may drop it by. Default none. */
  readonly tags?: readonly string[];
}

/** Calls of one method by one client: its user, else its address. */
export interface RateLimitRule {
  /** Calls in one window, at least 1. */
  readonly limit: number;
  /** Length of a window, in milliseconds. */
  readonly windowMs: number;
}

/** What holds for one member, or, on a service, for all of its members that do not say otherwise. */
export interface MemberRules {
  /** True for any signed-in user, or the roles that a user must all have. Default false. */
  readonly auth?: boolean | { readonly roles: readonly string[] };
  /** Default false. */
  readonly cache?: boolean | CacheRule;
  /** Default none. */
  readonly rateLimit?: RateLimitRule;
}

/** What a method promises about its first argument and its HTTP answer. */
export interface MethodContract {
  /** Checked, and replaced by what it parses to, in single HTTP calls; with `strict` in all calls. */
  readonly input?: z.ZodType;
  /**
   * Says in `hints.streaming` of a success over HTTP that the result is a stream in the eyes of the service, on the path
   * where Titan does: with `auth`, an `Authorization` header or a foreign origin. Default false.
   */
  readonly streaming?: boolean;
  /** Of a success over HTTP. Default 200. */
  readonly status?: number;
  /** More headers of a success over HTTP. A `Cache-Control` makes the method cacheable. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServiceOptions extends MemberRules {
  /** By name of method. */
  readonly contract?: Readonly<Record<string, MethodContract>>;
}

/** The rules of one member after those of its service are filled in. */
export interface EffectiveRules {
  readonly auth: AuthRule | undefined;
  readonly cache: Required<CacheRule> | undefined;
  readonly rateLimit: RateLimitRule | undefined;
  readonly contract: MethodContract;
}

const DEFAULT_CACHE: Required<CacheRule> = { maxAgeMs: 300_000, tags: [] };

/** @throws TypeError for a rate limit that lets nothing through. */
export function effectiveRules(name: string, member: MemberRules, service: ServiceOptions): EffectiveRules {
  const contracts = service.contract ?? {};
  const contract = (Object.hasOwn(contracts, name) ? contracts[name] : undefined) ?? {};
  const auth = member.auth ?? service.auth ?? false;
  const cache = member.cache ?? service.cache ?? hasCacheControl(contract);
  const rateLimit = member.rateLimit ?? service.rateLimit;
  if (rateLimit !== undefined && !(rateLimit.limit >= 1 && rateLimit.windowMs > 0)) {
    throw new TypeError(`${name}: rateLimit is ${JSON.stringify(rateLimit)}, expected a limit and a window above 0`);
  }
  return {
    auth: auth === false ? undefined : auth === true ? { roles: [] } : auth,
    cache: cache === false ? undefined : cache === true ? DEFAULT_CACHE : { ...DEFAULT_CACHE, ...cache },
    rateLimit,
    contract,
  };
}

function hasCacheControl({ headers = {} }: MethodContract): boolean {
  return Object.keys(headers).some((header) => header.toLowerCase() === 'cache-control');
}
