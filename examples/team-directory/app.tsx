import { useSignal } from '@preact/signals';
import type { BackendUrls } from './backends.js';
import { Editor } from './editor.js';
import type { Person } from './netron.js';
import { PeopleList } from './people-list.js';
import { PricesCard } from './prices-card.js';
import { TeamStrip } from './team-strip.js';
import { useSaves } from './use-saves.js';

export function App({ urls }: { urls: BackendUrls }) {
  const selected = useSignal<Person | undefined>(undefined);
  const saves = useSaves();
  return (
    <div class="page">
      <header class="page-head">
        <h1>Team directory</h1>
        <ul class="backends" aria-label="Backends">
          <li>
            <span>main</span> {urls.main}
          </li>
          <li>
            <span>live</span> {urls.live}
          </li>
        </ul>
      </header>
      <TeamStrip />
      <main class="columns">
        <PeopleList selected={selected} saves={saves} />
        <Editor selected={selected} saves={saves} />
        <PricesCard />
      </main>
    </div>
  );
}
