/** What one child measured of one operation. */
export interface Figure {
  /** Nanoseconds of CPU time per unit; of `mem.*`, bytes. */
  readonly value: number;
  /** Of the tap: the same function without it, in the same process. */
  readonly baseline?: number;
  /** Bytes of JSON text per entry, where there is such a text. */
  readonly textBytes?: number;
}
