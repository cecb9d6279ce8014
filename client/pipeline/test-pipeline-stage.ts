import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import type { BackendOptions } from '../client-options.js';
import { NetronClient } from '../netron-client.js';
import { TestHttpServer } from '../testing/test-http-server.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { answer } from './test-answers.js';

type Options = Omit<BackendOptions, 'url'>;

/** A server that answers as it is told, the fixture beside it, and a client of one backend for each test of a file. */
export class PipelineStage {
  server!: TestHttpServer;
  fixture!: Fixture;
  runtime!: TestRuntime;
  /** Of {@link server}, unless a test {@link use}s another. */
  client!: NetronClient;
  log!: TapLog;

  /** To be called where the file begins: all of its tests have it. */
  static set(options: Options = {}): PipelineStage {
    const stage = new PipelineStage();
    beforeAll(async () => {
      stage.server = await TestHttpServer.open();
      stage.fixture = await createFixture();
    });
    afterAll(async () => {
      await stage.server.close();
      await stage.fixture.close();
    });
    beforeEach(() => {
      stage.runtime = new TestRuntime();
      stage.runtime.origin = stage.server.url;
      stage.server.requests.length = 0;
      stage.server.answers.length = 0;
      stage.client = stage.make(options);
      stage.log = new TapLog();
    });
    afterEach(() => {
      stage.client.close();
      stage.fixture.setFaults([]);
    });
    return stage;
  }

  make(options: Options, url = this.server.url): NetronClient {
    return new NetronClient({ backends: { main: { url, ...options } }, runtime: this.runtime });
  }

  /** Another client in the place of the one there is, and its log. */
  use(options: Options, url = this.server.url): void {
    this.client.close();
    this.client = this.make(options, url);
    this.log = new TapLog();
  }

  /** Requests that the server holds until the test answers them. */
  hold(): (() => void)[] {
    const held: (() => void)[] = [];
    this.server.answers.push((...args) => void held.push(() => answer('there')(...args)));
    return held;
  }

  /** What the circuit breaker went through, and why. */
  get states(): string[] {
    return this.log.all('breakerState').map(({ a, b }) => `${a}: ${b}`);
  }
}
