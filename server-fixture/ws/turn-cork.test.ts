import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_CORKED_BYTES } from '../limits.js';
import { TurnCork } from './turn-cork.js';

/** Notes how many messages each write has carried. */
class Recorder extends Writable {
  readonly writes: number[] = [];
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(1);
    done();
  }
  override _writev(chunks: readonly unknown[], done: () => void): void {
    this.writes.push(chunks.length);
    done();
  }
}

function setUp() {
  const recorder = new Recorder();
  const cork = new TurnCork(recorder);
  const send = (byteLength: number): void => {
    cork.hold(byteLength);
    recorder.write(Buffer.alloc(byteLength));
  };
  return { recorder, cork, send };
}

describe('the messages of one turn', () => {
  it('go out together at its end', async () => {
    const { recorder, send } = setUp();
    for (let i = 0; i < 50; i++) send(10);
    expect(recorder.writes).toEqual([]);
    await nextTurn();
    expect(recorder.writes).toEqual([50]);
    send(10);
    await nextTurn();
    expect(recorder.writes).toEqual([50, 1]);
  });

  it('go out together also when promises send them', async () => {
    const { recorder, send } = setUp();
    for (let i = 0; i < 50; i++) void Promise.resolve().then(() => send(10));
    await nextTurn();
    expect(recorder.writes).toEqual([50]);
  });

  it('do not wait for more than so many bytes', async () => {
    const { recorder, send } = setUp();
    const size = MAX_CORKED_BYTES / 4;
    for (let i = 0; i < 6; i++) send(size);
    expect(recorder.writes).toEqual([5]);
    await nextTurn();
    expect(recorder.writes).toEqual([5, 1]);
  });

  it('go out at once when they must, and later ones wait again', async () => {
    const { recorder, cork, send } = setUp();
    send(10);
    send(10);
    cork.release();
    cork.release();
    expect(recorder.writes).toEqual([2]);
    send(10);
    expect(recorder.writes).toEqual([2]);
    await nextTurn();
    expect(recorder.writes).toEqual([2, 1]);
  });
});
