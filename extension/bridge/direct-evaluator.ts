import browser from 'webextension-polyfill';
import { classifyRejection, type EvalOutcome, type Evaluator, normalizeResult } from './evaluator.js';

/** Chromium: evaluates from the panel itself. (In a frame of ours, its first eval never answers: BRIDGE §6.2.) */
export class DirectEvaluator implements Evaluator {
  async evaluate(expression: string): Promise<EvalOutcome> {
    try {
      return normalizeResult(await browser.devtools.inspectedWindow.eval(expression));
    } catch (error) {
      return outcomeOfRejection(error);
    }
  }
}

/** Chromium rejects for two reasons: the page threw, or the page is out of reach. */
export function outcomeOfRejection(error: unknown): EvalOutcome {
  if (typeof error === 'object' && error !== null && 'isException' in error) return normalizeResult([undefined, error]);
  return classifyRejection(messageOf(error));
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, description, details } = error as Record<string, unknown>;
  const text = String(message ?? description ?? 'eval failed');
  return Array.isArray(details) ? text.replace(/%s/g, () => String(details.shift() ?? '')) : text;
}
