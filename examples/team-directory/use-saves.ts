import { type ReadonlySignal, useSignal } from '@preact/signals';
import { isNetronError, layer, type NetronClient, type NetronError } from 'netron-client';
import { useMutation, useNetronClient } from 'netron-client/preact';
import { Directory, type Person, type PersonPatch } from './netron.js';

export type SaveState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'saving'; readonly patch: PersonPatch }
  | { readonly kind: 'saved' }
  | { readonly kind: 'failed'; readonly patch: PersonPatch; readonly error: NetronError };

export interface Saves {
  /** Of a person's last save. Read while rendering, it subscribes. */
  readonly stateOf: (id: string) => SaveState;
  readonly save: (id: string, patch: PersonPatch) => Promise<void>;
  /** Forgets how the last save of this person went. */
  readonly dismiss: (id: string) => void;
  /** Asks the server to refuse the next save. */
  readonly armFailure: () => Promise<void>;
  readonly armed: ReadonlySignal<boolean>;
  readonly armError: ReadonlySignal<NetronError | undefined>;
}

const IDLE: SaveState = { kind: 'idle' };
const FAILURE = { code: 409, message: 'Somebody else changed this person', errorCode: 'VERSION_CONFLICT' };

/** Saves people and remembers, for each, how that went. */
export function useSaves(): Saves {
  const client = useNetronClient();
  const states = useSignal<ReadonlyMap<string, SaveState>>(new Map());
  const armed = useSignal(false);
  const update = useMutation(Directory, 'update', (id) => ({
    optimistic: savedPerson(client, id),
    invalidate: 'directory',
  }));
  const failNext = useMutation(Directory, 'failNext');

  const set = (id: string, state: SaveState): void => {
    states.value = new Map(states.value).set(id, state);
  };
  const save = async (id: string, patch: PersonPatch): Promise<void> => {
    set(id, { kind: 'saving', patch });
    try {
      await update.mutate(id, patch);
      set(id, { kind: 'saved' });
    } catch (error) {
      if (!isNetronError(error)) throw error;
      set(id, { kind: 'failed', patch, error });
      // A conflict means that what we show is outdated: without a refetch the next try would fail as well.
      if (error.status === 409) client.invalidate('directory');
    } finally {
      armed.value = false;
    }
  };
  const armFailure = async (): Promise<void> => {
    try {
      armed.value = await failNext.mutate(FAILURE);
    } catch (error) {
      // A NetronError is in `armError` already, for the form to show.
      if (!isNetronError(error)) throw error;
    }
  };
  return {
    stateOf: (id) => states.value.get(id) ?? IDLE,
    save,
    dismiss: (id) => set(id, IDLE),
    armFailure,
    armed,
    armError: failNext.error,
  };
}

/** Shows the patch in the list and in the form at once, and folds in what the server made of it when it answers. */
function savedPerson(client: NetronClient, id: string) {
  return [
    layer(
      client.entry(Directory, 'list', []),
      (people, _id: string, patch: PersonPatch) => people.map((one) => (one.id === id ? { ...one, ...patch } : one)),
      (people, saved: Person) => people.map((one) => (one.id === id ? saved : one)),
    ),
    layer(
      client.entry(Directory, 'get', [id]),
      (person, _id: string, patch: PersonPatch) => ({ ...person, ...patch }),
      (_person, saved: Person) => saved,
    ),
  ];
}
