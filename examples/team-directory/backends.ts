/** Where the two backends of the demo are. */
export interface BackendUrls {
  readonly main: string;
  readonly live: string;
}

export type ParsedBackends =
  | { readonly ok: true; readonly urls: BackendUrls }
  | { readonly ok: false; readonly reason: string };

/** The text of `<script type="application/json" id="backends">`: whoever serves the page wrote it, so it is checked. */
export function parseBackends(text: string | undefined): ParsedBackends {
  if (text === undefined) return wrong('the element is missing');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return wrong(`it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof data !== 'object' || data === null) return wrong('it is no object');
  const { main, live } = data as { readonly main?: unknown; readonly live?: unknown };
  if (!isUrl(main, /^https?:$/)) return wrong(`"main" is ${JSON.stringify(main)}, expected an http: or https: URL`);
  if (!isUrl(live, /^wss?:$/)) return wrong(`"live" is ${JSON.stringify(live)}, expected a ws: or wss: URL`);
  return { ok: true, urls: { main, live } };
}

function isUrl(value: unknown, protocol: RegExp): value is string {
  return typeof value === 'string' && URL.canParse(value) && protocol.test(new URL(value).protocol);
}

function wrong(reason: string): ParsedBackends {
  return { ok: false, reason };
}
