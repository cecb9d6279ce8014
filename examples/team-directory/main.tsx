import { NetronProvider } from 'netron-client/preact';
import { render } from 'preact';
import { App } from './app.js';
import { parseBackends } from './backends.js';
import { BadSetup } from './bad-setup.js';
import { createClient } from './netron.js';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no element with the id "app"');

const parsed = parseBackends(document.getElementById('backends')?.textContent ?? undefined);
if (parsed.ok) {
  render(
    <NetronProvider client={createClient(parsed.urls)}>
      <App urls={parsed.urls} />
    </NetronProvider>,
    root,
  );
} else {
  render(<BadSetup reason={parsed.reason} />, root);
}
