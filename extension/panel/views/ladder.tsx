import type { Link } from '../../bridge/connection.js';
import { Glyph } from '../ui/glyph.js';
import { useStore } from './store-context.js';

interface Rung {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'waiting' | 'later';
}

const SNIPPET = `import { NetronClient } from 'netron-client';

const netron = new NetronClient({ url: 'https://api.example.com' });`;

/** How far the panel has come towards the page's client, and what to do about the first rung that fails. */
export function Ladder({ link }: { link: Exclude<Link, { kind: 'live' }> }) {
  const store = useStore();
  const { rungs, title, help } = explain(link);
  return (
    <div class="ladder" role="status">
      <h2>{title}</h2>
      <ol>
        {rungs.map((rung) => (
          <li key={rung.title} class={rung.state}>
            <Glyph name={GLYPHS[rung.state]} label={rung.state} />
            {rung.title}
          </li>
        ))}
      </ol>
      <p>{help}</p>
      {link.kind === 'no-client' ? <Snippet /> : null}
      <button type="button" class="button" onClick={() => store.retry()}>
        Retry now
      </button>
    </div>
  );
}

const GLYPHS = { passed: 'ok', failed: 'error', waiting: 'pending', later: 'inactive' } as const;
const TITLES = [
  'The page can be reached',
  'The page is sound',
  'A Netron client is on the page',
  'Client and panel speak the same version',
];

function explain(link: Exclude<Link, { kind: 'live' }>): { rungs: readonly Rung[]; title: string; help: string } {
  switch (link.kind) {
    case 'connecting':
    case 'reconnecting':
      return {
        rungs: rungsTo(0, 'waiting'),
        title: 'Connecting to the page',
        help: 'It is being loaded, or busy.',
      };
    case 'unreachable':
      return {
        rungs: rungsTo(0, 'failed'),
        title: 'This page cannot be inspected',
        help: `The browser keeps extensions out of it (its own pages, the web store, sandboxed documents). It says: ${link.message}`,
      };
    case 'faulty':
      return {
        rungs: rungsTo(1, 'failed'),
        title: 'This page has changed JavaScript itself',
        help: `Nothing read here could be trusted: ${link.message}.`,
      };
    case 'no-client':
      return {
        rungs: rungsTo(2, 'failed'),
        title: 'No Netron client on this page yet',
        help: 'One is found the moment it is created, whatever happened before: this view updates by itself. In a production build, pass devtools: true.',
      };
    case 'closed':
      return {
        rungs: rungsTo(2, 'failed'),
        title: "The page's Netron client was closed",
        help: 'The app called close(), and nothing of it is left. Another one is found the moment it is created.',
      };
    case 'mismatch':
      return {
        rungs: rungsTo(3, 'failed'),
        title: 'Client and panel do not understand each other',
        help: `Update netron-client or this extension. What came was not what was agreed: ${link.message}`,
      };
  }
}

function rungsTo(at: number, state: 'failed' | 'waiting'): readonly Rung[] {
  return TITLES.map((title, i) => ({ title, state: i < at ? 'passed' : i === at ? state : 'later' }));
}

function Snippet() {
  return (
    <div class="snippet">
      <pre class="mono">{SNIPPET}</pre>
      <button type="button" class="button" onClick={() => copy(SNIPPET)}>
        Copy
      </button>
    </div>
  );
}

/** `navigator.clipboard` asks for a permission that the panel does not have. */
function copy(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
