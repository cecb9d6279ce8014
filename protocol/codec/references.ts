/** Names a stream on the wire (ext 107). `kind` is the sender's view: a server's result stream is `writable`. */
export class StreamReference {
  constructor(
    readonly streamId: number,
    readonly kind: 'writable' | 'readable',
    readonly live: boolean,
    readonly peerId: string,
  ) {}
}

/** A service passed by its definition id (ext 108). */
export class ServiceReference {
  constructor(readonly definitionId: string) {}
}

/** A service as its server describes it (ext 109); `parentId` is empty for a registered, top-level one. */
export class ServiceDefinition {
  constructor(
    readonly id: string,
    readonly parentId: string,
    readonly peerId: string,
    readonly meta: Readonly<Record<string, unknown>>,
  ) {}
}
