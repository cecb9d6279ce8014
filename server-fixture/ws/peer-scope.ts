import type { AuthContext } from '../auth/authenticator.js';
import type { Backend } from '../backend.js';
import type { Caller } from '../invocation/served-call.js';
import type { NestedServices } from './nested-services.js';
import type { Subscriptions } from './subscriptions.js';
import type { Uploads } from './uploads.js';

/** What a request may use of the peer that asks. */
export interface PeerScope extends Caller {
  readonly backend: Backend;
  readonly clientId: string;
  readonly subscriptions: Subscriptions;
  readonly nested: NestedServices;
  readonly uploads: Uploads;
  /** Who the peer is, from the upgrade or from the last attempt to sign in that did not fail. */
  user: AuthContext | undefined;
}
