// What the pure engine allocates for each packet, by function, without sockets: V8's sampling heap profiler, with
// what was collected already counted in. Memory outside of V8's heap, where the datagrams' bytes are, is not in it.
import { Session } from 'node:inspector/promises';
import { Endpoint, NoPacing } from '@hellohaybye/transport';
import { seededRandom } from '@hellohaybye/core/testing';
import { noise, round } from '../lib.mjs';

const bytes = 40_000;
const interval = 33_333;
const formats = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const at = (port) => ({ address: '127.0.0.1', port });

export async function measureHeap({ quick, emit }) {
  const frames = quick ? 300 : 1500;
  const pair = simulatedPair();
  for (let frame = 0; frame < 1000; frame++) pair.deliver(pair.send());
  const profiler = new Session();
  profiler.connect();
  const profile = async (action) => {
    await profiler.post('HeapProfiler.startSampling', {
      samplingInterval: 128,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    action();
    return (await profiler.post('HeapProfiler.stopSampling')).profile;
  };
  // One side at a time, so that the harness around it is the least of what is sampled.
  let packets = 0;
  const sent = await profile(() => {
    for (let frame = 0; frame < frames; frame++) packets += pair.send().length;
  });
  report('send', sent, packets, emit);
  const waiting = Array.from({ length: frames }, () => pair.send().map((data) => data.slice()));
  const received = await profile(() => {
    for (const datagrams of waiting) pair.deliver(datagrams);
  });
  report('receive', received, waiting.flat().length, emit);
  profiler.disconnect();
}

/** Two endpoints and a clock; reports go back, so that the sender knows that nothing gets lost. */
function simulatedPair() {
  const random = seededRandom(1);
  const endpoint = (cname) => new Endpoint({ cname, random, pacer: new NoPacing() });
  const [a, b] = [endpoint('a'), endpoint('b')];
  let now = 1e15;
  a.addOutgoing({ id: 's', channel: 'm', ssrc: 1, formats }, now);
  a.addDestination({ id: 'b', addresses: { m: at(2) } }, now);
  b.addDestination({ id: 'a', addresses: { m: at(1) } }, now);
  b.addIncoming({ peer: 'a', id: 's', channel: 'm', ssrc: 1, formats }, now);
  const data = noise(bytes);
  const input = { channel: 'm', data, from: at(1) };
  const back = { channel: 'm', data, from: at(2) };
  const drain = (of, take) => {
    for (let output = of.poll(); output; output = of.poll())
      if (output.type === 'datagram') take(output.data);
  };
  const toSender = (datagram) => {
    back.data = datagram;
    a.receive(back, now);
  };
  return {
    /** A frame is sent. @returns its datagrams */
    send() {
      now += interval;
      const datagrams = [];
      a.tick(now);
      a.send({ stream: 's', data, capturedAt: now }, now);
      drain(a, (datagram) => datagrams.push(datagram));
      a.nextDeadline();
      return datagrams;
    },
    deliver(datagrams) {
      for (const datagram of datagrams) {
        input.data = datagram;
        b.receive(input, now);
        drain(b, toSender);
        b.nextDeadline();
      }
      now += interval;
      b.tick(now);
      drain(b, toSender);
    },
  };
}

function report(side, { head }, packets, emit) {
  const by = new Map();
  const visit = ({ callFrame, selfSize, children }) => {
    const ours = callFrame.url.includes('transport/dist') || callFrame.url.includes('core/dist');
    if (selfSize > 0 && ours)
      by.set(callFrame.functionName, (by.get(callFrame.functionName) ?? 0) + selfSize);
    for (const child of children) visit(child);
  };
  visit(head);
  const most = [...by].sort(([, one], [, other]) => other - one);
  const total = most.reduce((sum, [, size]) => sum + size, 0);
  emit({
    what: 'heap',
    subject: 'ours',
    side,
    frameBytes: bytes,
    bytesPerPacket: round(total / packets, 1),
    by: Object.fromEntries(
      most.slice(0, 8).map(([name, size]) => [name || '(anonymous)', round(size / packets, 1)]),
    ),
  });
}
