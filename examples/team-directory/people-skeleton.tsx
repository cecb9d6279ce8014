const ROWS = [0, 1, 2, 3, 4, 5, 6, 7];

/** In the place of the rows, of the same height. It appears only when the answer takes its time. */
export function PeopleSkeleton() {
  return (
    <ul class="skeleton" aria-label="Loading people">
      {ROWS.map((row) => (
        <li key={row} aria-hidden="true">
          <i class="bone bone-avatar" />
          <i class="bone bone-name" />
          <i class="bone bone-title" />
        </li>
      ))}
    </ul>
  );
}
