export interface BodyText {
  readonly text: string;
  readonly sizeBytes: number;
}

/** Reads a body up to a bound. Over it, undefined: the rest is not downloaded. */
export async function readBody({ body }: Response, maxBytes: number): Promise<BodyText | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let sizeBytes = 0;
  for (const reader = body?.getReader(); reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) break;
    sizeBytes += value.length;
    if (sizeBytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
  return { text: text + decoder.decode(), sizeBytes };
}
