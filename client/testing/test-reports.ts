import { vi } from 'vitest';

/** What `report` tells, instead of failing the run, until `restore`. */
export function collectReports(): { readonly errors: unknown[]; restore(): void } {
  const errors: unknown[] = [];
  const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((run) => {
    Promise.resolve()
      .then(run)
      .catch((error: unknown) => errors.push(error));
  });
  return { errors, restore: () => queue.mockRestore() };
}
