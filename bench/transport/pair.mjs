// A sender and a receiver of one subject, kept running so that rounds of several subjects can take turns.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openProgram } from './programs.mjs';
import { settingsOf } from './subjects.mjs';

const file = fileURLToPath(new URL('peer.mjs', import.meta.url));

/** Starts a subject. `more` is for its module: how many streams, and the like. */
export async function openPair(name, more = {}) {
  const settings = { ...settingsOf(name), ...more };
  if (settings.program) return openProgram(name);
  const receiver = await Peer.start('receive', settings);
  const sender = await Peer.start('send', { ...settings, at: receiver.at });
  if (sender.at !== undefined) await receiver.ask('answered', { answer: sender.at });
  return {
    /** Where it receives. */
    port: receiver.at?.[0],
    /** What the receiver threw away since the start, by reason. */
    drops: () => receiver.ask('drops'),
    /** Sends frames at a steady rate: latencies in ms of those that came, and CPU seconds of both ends. */
    async run({ frames, fps, bytes }) {
      await receiver.ask('begin', { bytes });
      const sent = await sender.ask('run', { frames, fps, bytes });
      const received = await receiver.ask('end');
      return { latencies: received.latencies, sendS: sent.cpuS, receiveS: received.cpuS };
    },
    /** Sends evenly: how many frames went and came, packets lost, and how long they took to come. */
    async flood({ fps, seconds, bytes }) {
      await receiver.ask('begin', { bytes });
      const sent = await sender.ask('flood', { fps, seconds, bytes });
      let got = await receiver.ask('got');
      for (let before = -1; got.frames < sent.sent && got.frames > before;) {
        before = got.frames;
        await new Promise((resolve) => setTimeout(resolve, 100));
        got = await receiver.ask('got');
      }
      return { ...sent, ...got };
    },
    async close() {
      await sender.close();
      await receiver.close();
    },
  };
}

class Peer {
  static async start(role, settings) {
    const peer = new Peer(fork(file, [role, JSON.stringify(settings)]));
    peer.at = (await peer.#told()).at;
    return peer;
  }

  constructor(child) {
    this.child = child;
  }

  ask(what, how = {}) {
    const answer = this.#told();
    this.child.send({ what, ...how });
    return answer;
  }

  async close() {
    const gone = once(this.child, 'exit');
    this.child.send({ what: 'close' });
    await gone;
  }

  /** What the process tells next; one that ends instead ends the benchmark. */
  #told() {
    return new Promise((resolve, reject) => {
      const settle = (action) => (value) => {
        this.child.off('message', told);
        this.child.off('exit', ended);
        action(value);
      };
      const told = settle((message) => (message.error ? reject(new Error(message.error)) : resolve(message)));
      const ended = settle((code) => reject(new Error(`a peer ended with ${code}`)));
      this.child.on('message', told);
      this.child.on('exit', ended);
    });
  }
}
