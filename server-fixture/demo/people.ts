export interface Person {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly team: string;
  readonly email: string;
  /** ISO 8601. */
  readonly joined: string;
  /** 1 at first, one more with each update. */
  readonly version: number;
}

const ROWS = [
  ['Mara Okafor', 'Staff Engineer', 'Platform', '2019-03-04'],
  ['Jonas Feld', 'Product Designer', 'Design', '2020-09-14'],
  ['Priya Raman', 'Engineering Manager', 'Platform', '2018-01-22'],
  ['Tomasz Wilk', 'Frontend Engineer', 'Web', '2021-06-01'],
  ['Noor Haddad', 'Data Engineer', 'Data', '2022-02-07'],
  ['Elena Costa', 'Frontend Engineer', 'Web', '2023-04-17'],
  ['Kofi Mensah', 'Support Lead', 'Support', '2020-11-30'],
  ['Yuki Arai', 'Machine Learning Engineer', 'Data', '2024-08-19'],
] as const;

/** The eight people that the demo's directory starts with: `p1` to `p8`. */
export function createPeople(): Person[] {
  return ROWS.map(([name, title, team, joined], i) => ({
    id: `p${i + 1}`,
    name,
    title,
    team,
    email: `${name.split(' ', 1)[0]?.toLowerCase()}@team.example`,
    joined: `${joined}T09:00:00.000Z`,
    version: 1,
  }));
}
