/** What became of one evaluation in the page. */
export type EvalOutcome =
  | { readonly kind: 'value'; readonly value: unknown }
  /** The expression threw in the page. */
  | { readonly kind: 'threw'; readonly message: string }
  /** This document can never be reached: another one must come first. */
  | { readonly kind: 'denied'; readonly message: string }
  /** Not now: the document is being replaced, or the target was lost. Ask again. */
  | { readonly kind: 'retry'; readonly message: string };

/** Evaluates in the inspected page. Always settles, never rejects. */
export interface Evaluator {
  evaluate(expression: string): Promise<EvalOutcome>;
}

const DENIED = /permission denied|E_NOTFOUND|not allowed on the current inspected window/i;

/** Sorts what the two browsers say (BRIDGE §6) into what it means for us. */
export function classifyRejection(message: string): EvalOutcome {
  return DENIED.test(message) ? { kind: 'denied', message } : { kind: 'retry', message };
}

/**
 * Firefox and the polyfill resolve to `[value, exceptionInfo]`, Chromium's own promise to the value alone. Our
 * expressions return strings, so an array can only be the former.
 */
export function normalizeResult(result: unknown): EvalOutcome {
  if (!Array.isArray(result)) return { kind: 'value', value: result };
  const [value, failure] = result as [unknown, unknown];
  if (typeof failure !== 'object' || failure === null) return { kind: 'value', value };
  const { isException, value: thrown, description, code } = failure as Record<string, unknown>;
  const message = String(isException === true ? thrown : (description ?? code ?? 'eval failed'));
  return isException === true ? { kind: 'threw', message } : classifyRejection(message);
}
