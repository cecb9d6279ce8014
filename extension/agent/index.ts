import { AGENT_KEY } from '../../protocol/index.js';
import { Agent } from './agent.js';

/** Replaced by the build with a hash of this bundle, so that a page keeps exactly the agent that its panel brought. */
declare const __AGENT_BUILD__: string;

const key = Symbol.for(AGENT_KEY);
const former = (Reflect.get(globalThis, key) ?? {}) as Partial<Agent>;
former.retire?.();
Object.defineProperty(globalThis, key, { value: new Agent(__AGENT_BUILD__), configurable: true });
