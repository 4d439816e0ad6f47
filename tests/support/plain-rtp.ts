import type { ReceivedReport } from '@hellohaybye/call';
import { hellohaybye, type Running } from './cli.js';

const host = '127.0.0.1';

/** Sends plain RTP to four ports of this machine, from the first on. */
export const rtpSend = (port: number, sdp: string, ...args: string[]): Running =>
  hellohaybye(['rtp', 'send', '--to', `${host}:${port}`, '--sdp', sdp, '--json', ...args]);

/** What `rtp send --json` says it sent: frames of each stream. */
export function sentBy(sender: Running): Record<string, { frames: number; packets: number }> {
  const { sent } = sender.json as { sent: { stream: string; frames: number; packets: number }[] };
  return Object.fromEntries(sent.map((stream) => [stream.stream, stream]));
}

/**
 * Has an SDP file written. It is the same whenever the same is sent to the same ports, so another program
 * can be there before the first packet.
 */
export async function describeSending(port: number, sdp: string, ...args: string[]): Promise<void> {
  const sender = rtpSend(port, sdp, ...args);
  await sender.printed(/described in/);
  sender.signal('SIGINT');
  await sender.exited;
}

/** Receives plain RTP, and keeps it to itself. Resolves when it listens. */
export async function rtpReceive(sdp: string, ...args: string[]): Promise<Running> {
  const here = ['--media-host', host, '--view', 'none', '--no-open', '--speaker', 'none'];
  const receiver = hellohaybye(['rtp', 'receive', '--sdp', sdp, '--json', ...here, ...args]);
  await receiver.printed(/Waiting for/);
  return receiver;
}

/** Ends a receiver, by Ctrl-C, when nothing has come for a second; it shows the rate of each second. */
export async function received(receiver: Running): Promise<ReceivedReport> {
  await receiver.printed(/sender: +[1-9]\d* fps[^]*sender: +0 fps {2}0\.0 Mbit/);
  return interrupted(receiver);
}

/** Ends a receiver by Ctrl-C, which has to leave everything whole. */
export async function interrupted(receiver: Running): Promise<ReceivedReport> {
  receiver.signal('SIGINT');
  const { code } = await receiver.exited;
  if (code !== 130) throw new Error(`it ended with ${code}: ${receiver.stderr}`);
  return (receiver.json as { received: ReceivedReport }).received;
}

/** The frequency of a tone, by its zero crossings, and its level in dB below full scale. */
export function measureTone(samples: Int16Array, rate: number): { frequency: number; level: number } {
  let crossings = 0;
  let [first, last] = [NaN, NaN];
  let squares = 0;
  for (let index = 1; index < samples.length; index++) {
    const [before, after] = [samples[index - 1]!, samples[index]!];
    squares += after * after;
    if (before >= 0 || after < 0) continue;
    last = index - after / (after - before);
    if (crossings++ === 0) first = last;
  }
  const level = 10 * Math.log10(squares / samples.length / 32_768 ** 2);
  return { frequency: ((crossings - 1) * rate) / (last - first), level };
}
