import { TitanError } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { currentCall } from '../invocation/call-context.js';

@Service('events@1.0.0')
export class Events {
  /** Emits an event of the client's choice to all that have subscribed to it. */
  @Public()
  fire(name: unknown, ...args: unknown[]): true {
    if (typeof name !== 'string') throw new TitanError(400, 'Invalid event name: expected a string');
    currentCall().emit(name, ...args);
    return true;
  }
}
