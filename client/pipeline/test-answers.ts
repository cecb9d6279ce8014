import { expect, vi } from 'vitest';
import { answerJson, type TestAnswer } from '../testing/test-http-server.js';
import type { TestRuntime } from '../testing/test-runtime.js';

/** An error of the server, in its envelope. */
export function refuse(status: number, details: Readonly<Record<string, unknown>> = {}): TestAnswer {
  return (response, { id }) => {
    answerJson(response, status, { id, success: false, error: { code: String(status), message: 'no', details } });
  };
}

export function answer(data: unknown): TestAnswer {
  return (response, { id }) => answerJson(response, 200, { id, success: true, data });
}

/** No answer at all: the connection is cut. */
export const cut: TestAnswer = (response) => void response.destroy();

/** Until so many timers run: the deadline is one of them, a pause between two attempts another. */
export async function untilTimers(runtime: TestRuntime, count: number): Promise<void> {
  await vi.waitFor(() => expect(runtime.timers).toBe(count), { interval: 1 });
}

/** What was thrown past every handler, as long as the test runs. */
export function watchUncaught(): readonly unknown[] {
  const uncaught: unknown[] = [];
  const queue = globalThis.queueMicrotask;
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((run) =>
    queue(() => {
      try {
        run();
      } catch (error) {
        uncaught.push(error);
      }
    }),
  );
  return uncaught;
}
