import { useSignal } from '@preact/signals';
import { useQuery } from 'netron-client/preact';
import { Avatar } from './avatar.js';
import { ErrorNote } from './error-note.js';
import { FailedSave } from './failed-save.js';
import { FetchLine } from './fetch-line.js';
import { Field } from './field.js';
import { DIRECTORY_CACHE, Directory, type Person, type PersonFields } from './netron.js';
import { StatusPill } from './status-pill.js';
import type { Saves } from './use-saves.js';

interface PersonFormProps {
  /** The person as the list has them: they stand in until the form's own query has answered. */
  row: Person;
  saves: Saves;
}

const FIELDS = [
  ['name', 'Name', 'text'],
  ['title', 'Title', 'text'],
  ['team', 'Team', 'text'],
  ['email', 'Email', 'email'],
] as const;

/** What was typed lives here until it is saved; from then on it is an optimistic layer in the cache. */
export function PersonForm({ row, saves }: PersonFormProps) {
  const { data, error, fetching, refetch } = useQuery(Directory, 'get', [row.id], { cache: DIRECTORY_CACHE });
  const draft = useSignal<Partial<PersonFields>>({});
  const person = data.value ?? row;
  const save = saves.stateOf(person.id);
  const changes = changedFields(draft.value, person);
  const canSave = save.kind !== 'saving' && Object.keys(changes).length > 0;

  const edit = (field: keyof PersonFields, value: string): void => {
    draft.value = { ...draft.value, [field]: value };
    if (save.kind === 'saved' || save.kind === 'failed') saves.dismiss(person.id);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!canSave) return;
    void saves.save(person.id, { ...changes, version: person.version });
    // The layers are in place by now, so the fields keep showing the same values, and roll back if the save fails.
    draft.value = {};
  };

  return (
    <form class="person-form" onSubmit={submit}>
      <FetchLine on={fetching} />
      <header class="card-head">
        <Avatar person={person} />
        <h2>{person.name}</h2>
        <span class="version" title="The version that this form edits">
          version {person.version}
        </span>
      </header>
      {error.value !== undefined && (
        <ErrorNote title="This person cannot be read" error={error.value} retry={refetch} />
      )}
      <div class="fields">
        {FIELDS.map(([field, label, type]) => (
          <Field
            key={field}
            name={field}
            label={label}
            type={type}
            value={draft.value[field] ?? person[field]}
            edited={field in changes}
            rolledBack={save.kind === 'failed' && field in save.patch}
            onInput={(value) => edit(field, value)}
          />
        ))}
      </div>
      <div class="actions">
        <button type="submit" class="primary" data-testid="save" aria-disabled={!canSave}>
          Save
        </button>
        <StatusPill status={save.kind} testId="save-status" />
      </div>
      {save.kind === 'failed' && (
        <FailedSave
          patch={save.patch}
          error={save.error}
          person={person}
          onRestore={(fields) => {
            saves.dismiss(person.id);
            draft.value = fields;
          }}
        />
      )}
    </form>
  );
}

function changedFields(draft: Partial<PersonFields>, person: Person): Partial<PersonFields> {
  const entries = FIELDS.map(([field]) => [field, draft[field]] as const);
  return Object.fromEntries(entries.filter(([field, value]) => value !== undefined && value !== person[field]));
}
