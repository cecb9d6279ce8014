import { useQuery } from 'netron-client/preact';
import { ErrorNote } from './error-note.js';
import { DIRECTORY_CACHE, Directory } from './netron.js';
import { teamHue } from './team-hue.js';

/** How many people each team has, as the server counts: it shows a save when the tag has made it ask again. */
export function TeamStrip() {
  const { data, error, fetching, refetch } = useQuery(Directory, 'teams', [], { cache: DIRECTORY_CACHE });
  if (data.value === undefined && error.value !== undefined) {
    return <ErrorNote title="The teams cannot be counted" error={error.value} retry={refetch} />;
  }
  const teams = [...(data.value ?? [])].sort((a, b) => a.team.localeCompare(b.team));
  return (
    <ul class="teams" aria-label="People in each team" aria-busy={fetching.value}>
      {teams.map(({ team, count }) => (
        // Set through CSSOM, which a CSP without 'unsafe-inline' allows.
        <li key={team} class={teamHue(team)} style={{ flexGrow: String(count) }}>
          <span class="team-name">{team}</span> <span class="team-count">{count}</span>
        </li>
      ))}
    </ul>
  );
}
