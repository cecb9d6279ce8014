/** What the fixture has seen since it started. Only counts up, but for the gauges that begin with `open`. */
export class Counters {
  httpRequests = 0;
  /** Requests answered with 503 while the server drained. */
  drainRefused = 0;
  /** Sockets that completed the WebSocket upgrade. */
  connections = 0;
  openConnections = 0;
  /** Connections that began with anything but a client id and stay deaf to requests. */
  deafConnections = 0;
  /** Connections given up because the client did not read. */
  overflowedConnections = 0;
  packetsReceived = 0;
  /** Messages that were no packet, or no packet that a server expects; they get no answer. */
  packetsDropped = 0;
  /** Method calls over both transports. */
  calls = 0;
  /** Sockets closed with 4000, for a path that is not under the prefix. */
  misdirectedConnections = 0;
  /** Calls and connections turned away for want of a user, a role or an allowed origin. */
  unauthorized = 0;
  /** HTTP requests that a cookie authenticated and whose CSRF token was missing or another. */
  csrfRefused = 0;
  rateLimited = 0;
  /** Calls that a fault rule has befallen. */
  faults = 0;
  /** Sockets turned away because there were too many. */
  refusedConnections = 0;
  /** Requests turned away because their peer had too many open. */
  refusedRequests = 0;
  streams = 0;
  openStreams = 0;
  uploads = 0;
  openUploads = 0;
  /** Streams of both directions turned away because their peer had too many open, and uploads above their bounds. */
  refusedStreams = 0;
  /** Services handed out by reference and not yet released. */
  openReferences = 0;
  refusedReferences = 0;
  refusedSubscriptions = 0;
  eventsSent = 0;
  /** Events that a peer was too slow for, or that could not be encoded. */
  eventsDropped = 0;
  /** Events whose receipt did not come in time. */
  eventsUnacked = 0;
}
