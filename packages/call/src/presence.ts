import { EventEmitter } from 'node:events';
import type { PageAddress } from '@hellohaybye/playback';
import type { Invitation, MediaDescription } from '@hellohaybye/signaling';
import type { People, SignalingClient } from '@hellohaybye/signaling/client';
import type { CallEvents } from './call-events.js';
import type { Parts } from './parts.js';

/** What a `Call` is made of. */
export interface CallParts extends Parts {
  client: SignalingClient;
  /** Where we receive and what we send, by the addresses that this machine has now. */
  describe: () => MediaDescription;
}

/** What of a call is told by its parts, or is the server's to do. */
export abstract class Presence extends EventEmitter<CallEvents> {
  constructor(protected readonly parts: CallParts) {
    super();
  }

  /** The name under which the others see this participant: the server makes it unique in the room. */
  get name(): string {
    return this.parts.client.name;
  }

  /** The room that we are in; that of a call begins with `call:`. */
  get room(): string | undefined {
    return this.parts.client.room;
  }

  /** What others know us by as long as we live: the `instance` of participants and people. */
  get instance(): string {
    return this.parts.client.instance;
  }

  /** Whether we are in a call, not in a room that everybody may enter. */
  get inCall(): boolean {
    return this.parts.client.inside?.call === true;
  }

  /** What we send at all: what is not sent can't be muted or turned off. */
  get sends(): { audio: boolean; video: boolean } {
    const { audio, video } = this.parts;
    return { audio: audio !== undefined, video: video !== undefined };
  }

  /** Where the page is served, if it is: an address that opens one window, then another one. */
  get pageUrl(): string | undefined {
    return this.parts.page?.url;
  }

  /** How the page is opened, if there is one. */
  get pageAddress(): PageAddress | undefined {
    return this.parts.page;
  }

  /** The UDP ports in use, by channel. */
  get ports(): Readonly<Record<string, number>> {
    return this.parts.transport.ports;
  }

  /** Who calls us now. */
  get calls(): readonly Invitation[] {
    return this.parts.client.invitations('incoming');
  }

  /**
   * Declines a call; the reason, 1 to 100 characters, is told.
   * @throws HhbError as `decline` of signaling
   */
  decline(invitation: string, reason?: string): Promise<void> {
    return this.parts.client.decline(invitation, reason);
  }

  /** Takes a call of ours back. @throws HhbError as `cancel` of signaling */
  cancel(invitation: string): Promise<void> {
    return this.parts.client.cancel(invitation);
  }

  /** Who is connected to the server. @throws HhbError as `who` of signaling */
  who(options: { watch?: boolean } = {}): Promise<People> {
    return this.parts.client.who(options);
  }
}
