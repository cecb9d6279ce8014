import type { NetronError } from 'netron-client';
import { ErrorCode } from './error-note.js';
import type { Person, PersonFields, PersonPatch } from './netron.js';

interface FailedSaveProps {
  patch: PersonPatch;
  error: NetronError;
  person: Person;
  onRestore: (fields: Partial<PersonFields>) => void;
}

/** What went wrong and what was rolled back; what somebody typed is never lost. */
export function FailedSave({ patch: { version: _, ...fields }, error, person, onRestore }: FailedSaveProps) {
  return (
    <div class="note" role="alert" data-testid="save-error">
      <p>
        <strong>Not saved:</strong> {error.reason}
      </p>
      <dl class="undone">
        {Object.entries(fields).map(([field, value]) => (
          <div key={field}>
            <dt>{field}</dt>
            <dd>
              <del>{value}</del> <ins>{person[field as keyof PersonFields]}</ins>
            </dd>
          </div>
        ))}
      </dl>
      <div class="note-foot">
        <ErrorCode error={error} />
        <button type="button" class="quiet" onClick={() => onRestore(fields)}>
          Edit again
        </button>
      </div>
    </div>
  );
}
