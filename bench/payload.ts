/** An argument of a call as apps make them; with service and method the packet is about 300 bytes. */
export const CALL_PAYLOAD = {
  name: 'Ada Lovelace',
  title: 'Countess of Lovelace, analyst and metaphysician',
  team: 'Analytical Engine',
  email: 'ada@team.example',
  tags: ['engines', 'poetry', 'mathematics'],
  joined: '1842-07-10T00:00:00.000Z',
  version: 17,
  active: true,
  score: 0.875,
};

/** A list of about 1 MB. */
export const LIST_PAYLOAD = Array.from({ length: 5_000 }, (_, i) => ({
  id: `u${i}`,
  name: `Person number ${i}`,
  email: `person${i}@team.example`,
  age: 20 + (i % 60),
  balance: i * 1.37,
  active: i % 3 === 0,
  tags: ['alpha', 'beta', i % 2 === 0 ? 'even' : 'odd'],
  address: { street: `${i} Main Street`, city: 'London', zip: 10_000 + i },
}));
