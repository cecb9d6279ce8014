/** A 64-bit integer that keeps its width and sign on the wire (ext 119). A plain `bigint` travels as ext 120. */
export class Long {
  constructor(
    readonly value: bigint,
    readonly unsigned: boolean,
  ) {}
}
