/**
 * Runs work for at most so long. When the time is up, `onTimeout` is called to stop the work and its error is thrown.
 * The timer never outlives the work.
 *
 * @throws what the work throws, or what `onTimeout` returns.
 */
export async function withDeadline<T>(work: Promise<T>, timeoutMs: number, onTimeout: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onTimeout()), timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
