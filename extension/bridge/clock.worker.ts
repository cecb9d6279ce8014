/** Timers of a panel that is not in front run once a second; those of a worker do not (BRIDGE §5). */
let timer: ReturnType<typeof setInterval> | undefined;

addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  clearInterval(timer);
  if (typeof data === 'number' && data > 0) timer = setInterval(() => postMessage(0), data);
});
