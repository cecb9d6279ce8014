import type { Signal } from '@preact/signals';
import { ErrorCode } from './error-note.js';
import type { Person } from './netron.js';
import { PersonForm } from './person-form.js';
import type { Saves } from './use-saves.js';

interface EditorProps {
  selected: Signal<Person | undefined>;
  saves: Saves;
}

/** The form of whoever is selected, and the switch that makes saving fail. */
export function Editor({ selected, saves }: EditorProps) {
  const person = selected.value;
  const armError = saves.armError.value;
  return (
    <section class="card editor" aria-label="Edit a person">
      {person === undefined ? (
        <div class="empty">
          <p>Nobody is selected</p>
          <p>Pick a person to edit. A save shows at once, before the server has answered.</p>
        </div>
      ) : (
        <PersonForm key={person.id} row={person} saves={saves} />
      )}
      <footer class="rehearsal" data-armed={saves.armed.value}>
        <button type="button" class="quiet" data-testid="fail-next" onClick={() => void saves.armFailure()}>
          Make the next save fail
        </button>
        <p role="status">
          {armError !== undefined ? (
            <>
              {armError.reason} <ErrorCode error={armError} />
            </>
          ) : saves.armed.value ? (
            'Armed: the server refuses the next save.'
          ) : (
            'See how an optimistic value rolls back.'
          )}
        </p>
      </footer>
    </section>
  );
}
