/** What a STREAM_ERROR or STREAM_CLOSE says. */
export interface StreamEnd {
  readonly streamId: number;
  readonly message: string;
}

/** Undefined for what names no stream. */
export function parseStreamEnd(data: unknown): StreamEnd | undefined {
  if (typeof data !== 'object' || data === null || !('streamId' in data)) return undefined;
  const { streamId } = data;
  const message = 'message' in data && typeof data.message === 'string' ? data.message : 'Stream error';
  return typeof streamId === 'number' ? { streamId, message } : undefined;
}
