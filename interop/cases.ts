import type { Case } from './case.js';
import { admin } from './cases/admin.js';
import { auth } from './cases/auth.js';
import { batch } from './cases/batch.js';
import { cache } from './cases/cache.js';
import { calculator } from './cases/calculator.js';
import { calls } from './cases/calls.js';
import { catalog } from './cases/catalog.js';
import { connection } from './cases/connection.js';
import { events } from './cases/events.js';
import { factory } from './cases/factory.js';
import { failures } from './cases/failures.js';
import { json } from './cases/json.js';
import { optimistic } from './cases/optimistic.js';
import { streams } from './cases/streams.js';
import { uploads } from './cases/uploads.js';
import { users } from './cases/users.js';
import { values } from './cases/values.js';
import { versions } from './cases/versions.js';

/** Everything that the suite asks of a server, in the order in which it is asked. */
export const cases: readonly Case[] = [
  connection,
  calculator,
  versions,
  failures,
  values,
  json,
  calls,
  cache,
  catalog,
  users,
  optimistic,
  batch,
  streams,
  uploads,
  events,
  factory,
  admin,
  auth,
].flat();
