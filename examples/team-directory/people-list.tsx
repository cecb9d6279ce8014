import type { Signal } from '@preact/signals';
import { useQuery } from 'netron-client/preact';
import { ErrorNote } from './error-note.js';
import { FetchLine } from './fetch-line.js';
import { DIRECTORY_CACHE, Directory, type Person } from './netron.js';
import { PeopleSkeleton } from './people-skeleton.js';
import { PersonRow } from './person-row.js';
import { teamHue } from './team-hue.js';
import type { Saves } from './use-saves.js';

interface PeopleListProps {
  selected: Signal<Person | undefined>;
  saves: Saves;
}

/** Everybody, by team. */
export function PeopleList({ selected, saves }: PeopleListProps) {
  const { data, loading, fetching, error, refetch } = useQuery(Directory, 'list', [], { cache: DIRECTORY_CACHE });
  return (
    <section class="card people" aria-labelledby="people-title" aria-busy={fetching.value}>
      <FetchLine on={fetching} />
      <header class="card-head">
        <h2 id="people-title">People</h2>
        {data.value !== undefined && <span class="count">{data.value.length}</span>}
        <span class="fetching-hint" data-on={!loading.value && fetching.value}>
          fetching…
        </span>
        <button type="button" class="quiet" onClick={() => void refetch().catch(() => undefined)}>
          Refresh
        </button>
      </header>
      {error.value !== undefined && (
        <ErrorNote title="The directory cannot be read" error={error.value} retry={refetch} />
      )}
      {loading.value && <PeopleSkeleton />}
      {groupByTeam(data.value ?? []).map(([team, people]) => (
        <section key={team} class={`group ${teamHue(team)}`}>
          <h3>{team}</h3>
          <ul>
            {people.map((person) => (
              <PersonRow
                key={person.id}
                person={person}
                current={selected.value?.id === person.id}
                save={saves.stateOf(person.id)}
                onPick={() => {
                  selected.value = person;
                }}
              />
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

function groupByTeam(people: readonly Person[]): [team: string, people: Person[]][] {
  const groups = new Map<string, Person[]>();
  for (const person of people) {
    const group = groups.get(person.team);
    if (group === undefined) groups.set(person.team, [person]);
    else group.push(person);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}
