import { WebSocket } from 'ws';
import type { Runtime, WebSocketLike } from '../client/index.ts';

/** The client's surroundings in Node 20, which has no WebSocket of its own. */
export const nodeRuntime: Runtime = {
  now: () => performance.now(),
  random: Math.random,
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  fetch: (url, init) => fetch(url, init),
  // Its types are those of Node's events, its properties those of the browser.
  openWebSocket: (url) => new WebSocket(url, { perMessageDeflate: false }) as unknown as WebSocketLike,
};
