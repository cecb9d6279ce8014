/** Service name of what is asked of the server itself: its tasks, the connection, a PING. */
export const SERVER = '$server';
