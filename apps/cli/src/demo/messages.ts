import type { CallOptions, ParticipantReport, PeerStatus } from '@hellohaybye/call';
import type { Ports } from './impaired-network.js';

/** What the demo tells a participant's process. */
export type ToParticipant =
  | {
      type: 'start';
      call: Omit<CallOptions, 'clock' | 'onNotice' | 'announcedPorts'>;
      /** Whether it tells its ports and waits for those to announce, before it joins. */
      announces: boolean;
      open: boolean;
      verbose: boolean;
    }
  /** Where the others are to send. */
  | { type: 'announce'; ports: Ports }
  | { type: 'leave' };

/** What a participant's process tells the demo. */
export type FromParticipant =
  | { type: 'say'; line: string }
  /** The ports that it opened. */
  | { type: 'ports'; ports: Ports }
  /** The participant is in the room. */
  | { type: 'in'; pageUrl?: string | undefined }
  /** How many others are in the room now. */
  | { type: 'others'; count: number }
  | { type: 'status'; status: PeerStatus[] }
  | { type: 'report'; report: ParticipantReport }
  | { type: 'failed'; code: string | undefined; message: string; hint: string | undefined };
