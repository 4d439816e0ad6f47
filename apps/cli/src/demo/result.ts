import type { ParticipantReport, RepairReport } from '@hellohaybye/call';
import { lossText } from '../call-session.js';
import type { ImpairmentName } from './impairments.js';

/** The result of the demo, as `--json` prints it. */
export interface DemoResult {
  /** Whether everybody received pictures and sound from everybody. */
  ok: boolean;
  durationS: number;
  /** The network that was between them, if one was. */
  impair?: ImpairmentName;
  participants: ParticipantReport[];
}

/** Judges what the participants received: everybody must have seen and heard everybody else. */
export function demoResult(
  participants: ParticipantReport[],
  durationS: number,
  impair?: ImpairmentName,
): DemoResult {
  const ok = participants.every(
    ({ received }) =>
      received.length === participants.length - 1 &&
      received.every(({ video, audio }) => video.frames > 0 && audio.packets > 0),
  );
  return { ok, durationS, ...(impair && { impair }), participants };
}

/** The result for people: a line for each direction. */
export const summarise = ({ participants, durationS }: DemoResult): string[] =>
  participants.flatMap(({ name, received }) =>
    received.map(({ from, video, audio }) => {
      const latency =
        video.latencyMs.p50 === null
          ? ''
          : `, ${video.latencyMs.p50.toFixed(1)} ms from capture to whole frame`;
      const frames = `${video.frames} frames (${video.incomplete} incomplete${losses(video)})`;
      const packets = `${audio.packets} audio packets (${audio.lost} lost${losses(audio)})`;
      return `${name} received from ${from} in ${durationS} s: ${frames}, ${packets}${latency}`;
    }),
  );

const losses = (report: RepairReport): string => (report.lossBefore > 0 ? `; ${lossText(report)}` : '');
