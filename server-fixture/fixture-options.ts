export interface FixtureOptions {
  /**
   * Instances of classes with `@Service`, offered besides the built-in ones. One with the name and version of a
   * built-in service replaces it. Default none.
   */
  readonly services?: readonly object[];
  /** 0 to 65535; 0 picks any free port. Default 0. */
  readonly httpPort?: number;
  /** 0 to 65535; 0 picks any free port. Default 0. */
  readonly wsPort?: number;
  /** The address to listen on. Default `127.0.0.1`, which only this machine reaches. */
  readonly host?: string;
}

/** @throws TypeError that names the option, what it is and what was expected. */
export function parseFixtureOptions(options: FixtureOptions): Required<FixtureOptions> {
  const { services = [], httpPort = 0, wsPort = 0, host = '127.0.0.1' } = options;
  assertPort('httpPort', httpPort);
  assertPort('wsPort', wsPort);
  if (typeof host !== 'string' || host === '') throw new TypeError(`host: ${typeof host}, expected an address`);
  if (!Array.isArray(services)) throw new TypeError(`services: ${typeof services}, expected a list of instances`);
  services.forEach((service: unknown, i) => {
    if (typeof service === 'object' && service !== null) return;
    throw new TypeError(`services[${i}]: ${typeof service}, expected an instance of a class with @Service`);
  });
  return { services, httpPort, wsPort, host };
}

function assertPort(option: string, port: unknown): void {
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 0xffff) return;
  throw new TypeError(`${option}: ${typeof port} ${String(port)}, expected a whole number from 0 to 65535`);
}
