/** What the fixture has seen since it started. Only counts up, but for the two `open…` gauges. */
export class Counters {
  httpRequests = 0;
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
  streams = 0;
  openStreams = 0;
  eventsSent = 0;
  /** Events that a peer was too slow for, or that could not be encoded. */
  eventsDropped = 0;
}
