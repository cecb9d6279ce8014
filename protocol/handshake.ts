/**
 * The two JSON messages before the first packet (PROTOCOL §4.1). The client's must be the very first thing it sends:
 * a server that sees anything else first stays deaf to calls on that connection.
 */
export function clientHandshake(clientId: string): string {
  return JSON.stringify({ type: 'client-id', id: clientId });
}

export function serverHandshake(netronId: string): string {
  return JSON.stringify({ type: 'id', id: netronId });
}

/** Returns the id, or undefined when the message is not the expected handshake. */
export function parseHandshake(text: string, type: 'id' | 'client-id'): string | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  const { type: found, id } = message as { type?: unknown; id?: unknown };
  return found === type && typeof id === 'string' && id !== '' ? id : undefined;
}

/** Handshakes may be text or binary; packets never begin with this byte (ids start at 1). */
export const HANDSHAKE_FIRST_BYTE = 0x7b;
