// Frames over UDP on loopback, 30 a second, a process to send and one to receive: latency from ready to
// whole, and CPU time. `dgram` is raw Node with the same split into 1200-byte packets, nothing else.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { frameSizes, result, round, summary } from './lib.mjs';

const peer = fileURLToPath(new URL('loopback-peer.mjs', import.meta.url));
const frames = 300;
const fps = 30;

for (const [size, bytes] of Object.entries(frameSizes)) {
  const measured = {};
  for (const subject of ['dgram', 'ours', 'ours-no-worker'])
    measured[subject] = await measure(subject, bytes);
  for (const [subject, values] of Object.entries(measured)) {
    const ratioToDgram = {
      latencyP50: round(values.latencyMs.p50 / measured.dgram.latencyMs.p50),
      cpu: round(values.cpuSPer1000 / measured.dgram.cpuSPer1000),
    };
    result({ bench: 'loopback', subject, size, bytes, fps, ...values, ratioToDgram });
  }
}

async function measure(subject, bytes) {
  const receiver = fork(peer, ['receive', subject, `${bytes}`]);
  const { port } = await told(receiver);
  const sender = fork(peer, ['send', subject, `${bytes}`, `${port}`, `${frames}`, `${fps}`]);
  const sent = await told(sender);
  receiver.send('done');
  const received = await told(receiver);
  await Promise.all([once(sender, 'exit'), once(receiver, 'exit')]);
  return {
    frames: received.latencies.length,
    latencyMs: summary(received.latencies),
    cpuSPer1000: round(((sent.cpuS + received.cpuS) * 1000) / frames, 3),
  };
}

/** What a process tells next; one that ends instead ends the benchmark. */
async function told(child) {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`a peer ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  return message;
}
