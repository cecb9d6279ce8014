/** A rule that an input broke. */
export interface Finding {
  /** Which rule, such as `decode: throws`. Finds of one rule and one reason are one find. */
  readonly rule: string;
  readonly reason: string;
}

/** The same for inputs that differ in numbers and offsets only. */
export function findingKey({ rule, reason }: Finding): string {
  return `${rule}: ${reason.split('\n')[0]?.replace(/\d+(\.\d+)?/g, 'N')}`;
}
