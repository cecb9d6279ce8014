/**
 * The time of one who is signed in at a backend, until the next may come: a refreshed token goes on with it. What was
 * begun in it is not sent once it is over, or it would be sent as somebody else.
 */
export interface Session {
  readonly isOver: boolean;
}
