import { HhbError, millis, seconds } from '@hellohaybye/core';

/** @throws HhbError `message-too-large` */
export function checkControlMessage({ length }: Uint8Array): void {
  if (length > MAX_CONTROL_BYTES) {
    throw new HhbError(
      'message-too-large',
      `A control message of ${length} bytes is over the ${MAX_CONTROL_BYTES} that one may have`,
    );
  }
}

/** Most bytes of a control message: 16 KiB. */
export const MAX_CONTROL_BYTES = 16 * 1024;

/** Most bytes that wait for one peer, each message counted with `MESSAGE_COST` besides: 256 KiB. */
export const MAX_WAITING_BYTES = 256 * 1024;

/** What a message counts besides its bytes. */
export const MESSAGE_COST = 64;

/** Packets from the first one on that the other side lacks, which may be under way: no more is kept of a peer. */
export const WINDOW = 64;

/** Bytes a microsecond that one peer is sent: 2 Mbit/s, which leaves the media alone. */
export const CONTROL_RATE = 0.25;

/** Bytes that may leave at once: a whole message, with headers. */
export const CONTROL_BURST = 20_000;

/** How long an acknowledgement waits for a message to go along with. */
export const ACKNOWLEDGEMENT_DELAY = millis(5);

/** Packets after which it does not wait any longer. */
export const ACKNOWLEDGEMENT_PACKETS = 16;

/** How long to wait for an acknowledgement, unless the round trip is known. */
export const FIRST_TIMEOUT = millis(200);

/** No shorter: timers and busy threads delay answers by as much. */
export const LEAST_TIMEOUT = millis(15);

/** No longer, however often it was in vain: a network that comes back is found within this. */
export const MOST_TIMEOUT = seconds(1);

/** How long a peer may take nothing before all that waits for it is given up. */
export const PEER_TIMEOUT = seconds(30);
