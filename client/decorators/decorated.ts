import { NetronError } from '../netron-error.js';

/** Where decorators belong, in words. */
const PLACES = {
  class: 'a class that extends NetronService',
  accessor: "a member like `accessor get = this.method('get')`",
};

/** What tells a decorator where it is. */
interface Place {
  readonly kind: string;
  readonly name: string | symbol | undefined;
  readonly static?: boolean;
  readonly private?: boolean;
}

/** @throws NetronError `invalid-argument` that names the decorator, what it is on, and where it belongs. */
export function assertDecorated(decorator: string, context: unknown, kind: keyof typeof PLACES, isFit = true): void {
  // The old kind of decorators is given names in its place.
  const place = Object(context) as Partial<Place>;
  const { kind: found = 'experimental decorators', name } = place;
  const isOwn = place.static !== true && place.private !== true && typeof name !== 'symbol';
  if (found === kind && isOwn && isFit) return;
  const words = [place.static && 'static', place.private && 'private', found, name && String(name)];
  const reason = `@${decorator} is on ${words.filter(Boolean).join(' ')}, expected on ${PLACES[kind]}`;
  throw new NetronError('invalid-argument', reason);
}
