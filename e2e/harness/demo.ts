import { createFixture, Directory, type Fixture } from 'netron-client/fixture';
import { serveStatic } from './static-server.ts';

export interface DemoOptions {
  /** Headers of the page itself, such as a policy. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Changes the page's HTML before it is sent. */
  readonly html?: (text: string) => string;
  /** How long a save takes, in milliseconds. Default: the service's own 350. */
  readonly saveMs?: number;
  readonly httpPort?: number;
  readonly wsPort?: number;
  readonly pagePort?: number;
}

/** The built demo app, served, with a fixture of its own behind it. */
export interface Demo {
  readonly url: string;
  readonly fixture: Fixture;
  close(): Promise<void>;
}

export async function startDemo(dir: string, options: DemoOptions = {}): Promise<Demo> {
  const services = options.saveMs === undefined ? [] : [new Directory({ writeMs: options.saveMs })];
  const fixture = await createFixture({ services, httpPort: options.httpPort ?? 0, wsPort: options.wsPort ?? 0 });
  const backends = JSON.stringify({ main: fixture.http, live: fixture.ws });
  const isPage = (path: string): boolean => path === '/' || path.endsWith('.html');
  const site = await serveStatic(dir, {
    port: options.pagePort ?? 0,
    headers: (path) => (isPage(path) ? { ...options.headers } : {}),
    transform: (path, text) => {
      if (!isPage(path)) return text;
      const html = text.replace(/(<script type="application\/json" id="backends">)[^<]*/, `$1${backends}`);
      return options.html?.(html) ?? html;
    },
  });
  return {
    url: `${site.url}/`,
    fixture,
    async close() {
      await site.close();
      await fixture.close();
    },
  };
}
