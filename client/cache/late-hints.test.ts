import { afterAll, beforeAll, expect, it } from 'vitest';
import { NetronClient } from '../index.js';
import { answerJson, TestHttpServer } from '../testing/test-http-server.js';
import { entriesOf } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';

let server: TestHttpServer;
beforeAll(async () => {
  server = await TestHttpServer.open();
});
afterAll(() => server.close());

type Answer = (data: string, tag: string) => void;

/** The next request, to be answered with these data under this tag. */
const nextRequest = () =>
  new Promise<Answer>((resolve) =>
    server.answers.push((response, { id }) =>
      resolve((data, tag) =>
        answerJson(response, 200, { id, success: true, data, hints: { cache: { maxAge: 60_000, tags: [tag] } } }),
      ),
    ),
  );

it('hints of an outdated answer do not take away the tags that a newer one has brought', async () => {
  const client = new NetronClient({ url: server.url, runtime: new TestRuntime() });
  const ask = (): Promise<unknown> => client.query('shelf@1.0.0', 'get', []);
  const older = nextRequest();
  const first = ask();
  const answerOlder = await older;
  client.invalidate({ method: 'shelf.*' });
  const newer = nextRequest();
  const second = ask();
  (await newer)('new', 'new tag');
  expect(await second).toBe('new');
  answerOlder('old', 'old tag');
  expect(await first).toBe('new');
  expect(entriesOf()[0]).toMatchObject({ tags: ['new tag'] });
  client.close();
});
