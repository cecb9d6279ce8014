import { outcomeOfRejection } from './direct-evaluator.js';
import { type EvalOutcome, type Evaluator, normalizeResult } from './evaluator.js';
import { LOST_CONTEXT_AFTER } from './limits.js';

/** What `frame.ts` puts on the window of the hidden frame. */
export interface EvaluatorFrame extends Window {
  netronEvaluate?: (expression: string) => Promise<unknown>;
}

const LOST: EvalOutcome = { kind: 'retry', message: 'the evaluation frame was replaced' };

/**
 * Firefox: evaluates in a hidden frame that can be thrown away. After a navigation that changes the process, every eval
 * of a context may fail for as long as that page stays; a new context works at once (BRIDGE §6.2).
 */
export class FrameEvaluator implements Evaluator {
  #frame: HTMLIFrameElement | undefined;
  #ready: Promise<EvaluatorFrame> | undefined;
  #replaced: (() => void) | undefined;
  #failures = 0;

  async evaluate(expression: string): Promise<EvalOutcome> {
    const outcome = await this.#inFrame(expression);
    this.#failures = outcome.kind === 'retry' ? this.#failures + 1 : 0;
    if (this.#failures >= LOST_CONTEXT_AFTER) this.replace();
    return outcome;
  }

  /** Promises of a removed frame never settle, so those that wait are told here. */
  replace(): void {
    this.#failures = 0;
    this.#frame?.remove();
    this.#frame = undefined;
    this.#ready = undefined;
    this.#replaced?.();
  }

  async #inFrame(expression: string): Promise<EvalOutcome> {
    const replaced = new Promise<EvalOutcome>((resolve) => {
      this.#replaced = () => resolve(LOST);
    });
    this.#ready ??= this.#open();
    return Promise.race([this.#run(this.#ready, expression), replaced]);
  }

  async #run(ready: Promise<EvaluatorFrame>, expression: string): Promise<EvalOutcome> {
    try {
      const result: unknown = await (await ready).netronEvaluate?.(expression);
      // A copy, since the frame and all that is its own may be gone before it is read.
      return normalizeResult(Array.isArray(result) ? [...result] : result);
    } catch (error) {
      return outcomeOfRejection(error);
    }
  }

  #open(): Promise<EvaluatorFrame> {
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.src = '/extension/frame.html';
    this.#frame = frame;
    return new Promise((resolve) => {
      frame.addEventListener('load', () => resolve(frame.contentWindow as EvaluatorFrame), { once: true });
      document.body.append(frame);
    });
  }
}
