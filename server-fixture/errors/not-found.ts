import { TitanError } from '../../protocol/index.js';

/** Titan's 404: `User with id 7 not found`, or without an id `Service 'x' not found`. */
export function notFound(resource: string, id?: string): TitanError {
  const what = id === undefined ? resource : `${resource} with id ${id}`;
  return new TitanError(404, `${what} not found`, { details: { resource, id } });
}
