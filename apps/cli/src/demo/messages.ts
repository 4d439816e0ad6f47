import type { CallOptions, ParticipantReport, PeerStatus } from '@hellohaybye/call';

/** What the demo tells a participant's process. */
export type ToParticipant =
  | { type: 'start'; call: Omit<CallOptions, 'clock' | 'onNotice'>; open: boolean; verbose: boolean }
  | { type: 'leave' };

/** What a participant's process tells the demo. */
export type FromParticipant =
  | { type: 'say'; line: string }
  /** The participant is in the room. */
  | { type: 'in'; pageUrl?: string | undefined }
  /** How many others are in the room now. */
  | { type: 'others'; count: number }
  | { type: 'status'; status: PeerStatus[] }
  | { type: 'report'; report: ParticipantReport }
  | { type: 'failed'; code: string | undefined; message: string; hint: string | undefined };
