import { millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { genericFormat, incomingOf, makePair, message, type Pair } from '../testing/pair.js';

function expecting(pair: Pair, ssrc: number): void {
  pair.right.do((endpoint, now) => {
    endpoint.addIncoming({ peer: 'left', id: 'video', channel: 'video', formats: [genericFormat] }, now);
  });
  pair.left.do((endpoint, now) => {
    endpoint.addOutgoing({ id: 'video', channel: 'video', ssrc, formats: [genericFormat] }, now);
    endpoint.addDestination({ id: 'right', addresses: { video: pair.right.address } }, now);
  });
}

describe('a stream without a given SSRC', () => {
  it('takes the first source that comes, with the sender report that came before it', () => {
    const pair = makePair();
    expecting(pair, 1234);
    pair.left.send(message(0));
    pair.clock.advance(millis(10));
    expect(pair.right.events).toEqual([{ type: 'source', peer: 'left', stream: 'video', ssrc: 1234 }]);
    const [frame] = pair.right.frames;
    expect(frame!.capturedAt! - frame!.arrivedAt).toBe(-1000);
  });

  it('follows a change of source after a BYE, at once', () => {
    const pair = makePair();
    expecting(pair, 1234);
    pair.left.send(message(0));
    pair.clock.advance(millis(10));
    pair.left.do((endpoint, now) => {
      endpoint.addOutgoing({ id: 'video', channel: 'video', ssrc: 5678, formats: [genericFormat] }, now);
    });
    pair.clock.advance(millis(10));
    pair.left.send(message(1));
    pair.clock.advance(millis(10));
    expect(pair.right.frames.map(({ data }) => data)).toEqual([message(0), message(1)]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ ssrc: 5678, restarts: 1, lost: 0 });
  });

  it('keeps to its source against another one, until it has been silent for 500 ms', () => {
    const pair = makePair();
    expecting(pair, 1);
    const stranger = makePair({ seed: 5 });
    expecting(stranger, 2);
    const intrude = () => {
      stranger.left.sent.length = 0;
      stranger.left.send(message(7));
      for (const { data } of stranger.left.sent) {
        pair.right.do((endpoint, now) =>
          endpoint.receive({ channel: 'video', data, from: stranger.left.address }, now),
        );
      }
    };
    pair.left.send(message(0));
    pair.clock.advance(millis(400));
    intrude();
    expect(pair.right.frames.length).toBe(1);
    expect(pair.right.endpoint.statistics(pair.clock.now()).drops).toEqual({ 'unknown-ssrc': 5 });
    pair.left.link = () => [];
    pair.clock.advance(seconds(2));
    intrude();
    expect(pair.right.frames.length).toBe(2);
  });
});
