import { messageOf, type Clock, type Micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import type { OnNotice } from './notice.js';
import { Playout } from './playout/playout.js';
import type { PlayoutBlock } from './playout/stream-playout.js';
import type { StreamStatistics } from './playout/stream-statistics.js';
import { findPlayers } from './speaker/candidates.js';
import { findSpeaker } from './speaker/list-speakers.js';
import { openPlayerSink } from './speaker/player-sink.js';
import type { PlayerName } from './speaker/players.js';
import { SinkRunner } from './speaker/sink-runner.js';
import { checkFormat } from './speaker/speaker-format.js';

/** How sound is to be played. */
export interface AudioOutputOptions {
  /** `default`, `none` (played in real time and discarded), or the id of one of `listSpeakers`. */
  speaker: 'default' | 'none' | (string & {});
  /** Samples a second of one channel, 8000 to 192000: of all streams and of what is played. */
  sampleRate: number;
  /** Interleaved channels, 1 to 8. */
  channels: number;
  /** From the arrival of a stream's first block to its playout, microseconds. Default 40 ms. */
  delay?: Micros;
  /**
   * Mixes blocks, all of `length` values (samples of all channels), into one of that length. It is called
   * for every 10 ms, also with no blocks at all.
   */
  mix: (blocks: Int16Array[], length: number) => Int16Array;
  /** Default: the system's. */
  clock?: Clock;
  onNotice?: OnNotice;
  /** Whether to come back only when it is known whether sound plays. Default true; until then none is heard. */
  waits?: boolean;
  /** The players that are tried, in this order. Default: those that suit the machine. */
  players?: PlayerName[];
  /** The environment of the players. Default: this process's. */
  env?: NodeJS.ProcessEnv;
}

/** Sound being played. */
export interface AudioOutput {
  /** What plays now: `paplay`, `speaker`, `aplay`, `ffplay`, or `none`. */
  readonly label: string;
  /** What is written to the player and not yet taken by it, microseconds. */
  readonly queued: Micros;
  /** Begins a stream; one that is there already goes on. */
  addStream(id: string): void;
  /** Ends a stream, with a short fade. */
  removeStream(id: string): void;
  /** Takes a block of a stream, in any order. Bad, late and unknown ones are counted or ignored, never thrown. */
  push(id: string, block: PlayoutBlock): void;
  /** What became of the streams that are there, by id. */
  statistics(): Record<string, StreamStatistics>;
  /** Ends playing, and its processes, within half a second. */
  close(): Promise<void>;
}

/** What is pulled and written at once. */
const BLOCK_SECONDS = 0.01;

/**
 * Opens a speaker. It comes back when sound plays, or when nothing plays (told by the notice
 * `speaker-unavailable`): a call goes on without sound, and the speaker is tried again by itself. Who has no time to
 * wait for that says so (`waits`).
 * @throws HhbError `speaker-not-found` for an unknown id, `usage` for an impossible format
 */
export async function openAudioOutput(options: AudioOutputOptions): Promise<AudioOutput> {
  const { sampleRate, channels, speaker } = options;
  const format = { sampleRate, channels };
  checkFormat(format);
  const env = options.env ?? process.env;
  const onNotice = options.onNotice ?? (() => {});
  const playout = new Playout({
    ...format,
    ...(options.delay === undefined ? {} : { delay: options.delay }),
  });
  const blockLength = Math.round(sampleRate * BLOCK_SECONDS);
  const device = speaker === 'default' || speaker === 'none' ? undefined : await findSpeaker(speaker, env);
  const players = speaker === 'none' ? [] : await findPlayers(format, device, env, options.players);
  if (players.length === 0 && speaker !== 'none') {
    const message = 'No sound: there is neither speaker, paplay, aplay nor ffplay on this machine';
    onNotice({ code: 'speaker-unavailable', message });
  }
  let mixFailed = false;
  const runner = new SinkRunner({
    format,
    blockLength,
    candidates: players.map((player) => ({
      label: player.name,
      open: (events) => openPlayerSink(player, env, events),
    })),
    pull(at) {
      const blocks = playout.pull(blockLength, at);
      const length = blockLength * channels;
      try {
        return options.mix(blocks, length);
      } catch (error) {
        // A broken mix is the caller's; it must not end the process from within a timer.
        if (!mixFailed) onNotice({ code: 'mix-failed', message: `Mixing failed: ${messageOf(error)}` });
        mixFailed = true;
        return new Int16Array(length);
      }
    },
    clock: options.clock ?? systemClock,
    onNotice,
  });
  if (options.waits !== false) await runner.ready;
  return {
    get label() {
      return runner.label;
    },
    get queued() {
      return runner.queued;
    },
    addStream: (id) => playout.addStream(id),
    removeStream: (id) => playout.removeStream(id),
    push: (id, block) => playout.push(id, block),
    statistics: () => playout.statistics(),
    close: () => runner.close(),
  };
}
