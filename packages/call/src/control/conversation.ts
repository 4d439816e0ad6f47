import type { Candidate } from '@hellohaybye/signaling';
import type { Transport } from '@hellohaybye/transport/node';
import { parseControl, type ControlMessage, type OwnServer, type OwnState } from './control-message.js';
import { ControlOutbox } from './control-outbox.js';

/** What others say, and what became of what was said to them. */
export interface Listener {
  state(peer: string, state: OwnState): void;
  leaving(peer: string): void;
  chat(peer: string, text: string): void;
  /** Where somebody can be reached from now on. */
  addresses(peer: string, candidates: readonly Candidate[]): void;
  /** Somebody hosts the server from now on. */
  host(peer: string, server: OwnServer): void;
  /** Something sealed for us. */
  key(peer: string, data: string): void;
  /** So many lines to somebody may not have come. */
  chatLost(peer: string, lines: number): void;
}

/** What participants say to each other over their control streams: it needs no server. */
export class Conversation {
  readonly #outbox: ControlOutbox;
  #state: ControlMessage | undefined;
  #addresses: ControlMessage | undefined;
  #host: ControlMessage | undefined;
  #onTaken: () => void = () => undefined;

  constructor(
    private readonly transport: Transport,
    listener: Listener,
  ) {
    this.#outbox = new ControlOutbox((peer, data) => transport.sendControl(peer, data));
    transport.on('control', ({ peer, data }) => {
      const message = parseControl(data);
      if (message?.type === 'state') {
        const { muted, cameraOff, onHold, away } = message;
        listener.state(peer, { muted, cameraOff, onHold, away });
      } else if (message?.type === 'leaving') listener.leaving(peer);
      else if (message?.type === 'chat') listener.chat(peer, message.text);
      else if (message?.type === 'addresses') listener.addresses(peer, message.candidates);
      else if (message?.type === 'host') {
        const { port, pin } = message;
        listener.host(peer, { port, ...(pin !== undefined && { pin }) });
      } else if (message?.type === 'key') listener.key(peer, message.data);
    });
    transport.on('event', (event) => {
      const unsent = this.#outbox.take(event);
      const isRemoved = event.type === 'control-failed' && event.reason === 'removed';
      if (unsent && !isRemoved) {
        // How and where one is has to be known in the end; a line may have come, and is not to come twice.
        for (const said of this.#lasting) {
          if (unsent.kinds.includes(said.type)) this.#outbox.say(unsent.peer, said);
        }
        const lines = unsent.kinds.filter((kind) => kind === 'chat').length;
        if (lines > 0) listener.chatLost(unsent.peer, lines);
      }
      this.#onTaken();
    });
  }

  /** Tells how we are. */
  tellState(peers: readonly string[], state: OwnState): void {
    this.#state = { type: 'state', ...state };
    for (const peer of peers) this.#outbox.say(peer, this.#state);
  }

  /** Tells where we are, after that has changed. */
  tellAddresses(peers: readonly string[], candidates: Candidate[]): void {
    this.#addresses = { type: 'addresses', candidates };
    for (const peer of peers) this.#outbox.say(peer, this.#addresses);
  }

  /** Tells that our process hosts the server now, or, with undefined, that newcomers need not be told of it any more. */
  tellHost(peers: readonly string[], server: OwnServer | undefined): void {
    this.#host = server && { type: 'host', ...server };
    for (const peer of peers) if (this.#host) this.#outbox.say(peer, this.#host);
  }

  /** Tells somebody again what may be unknown to them. */
  repeat(peer: string): void {
    for (const said of this.#lasting) this.#outbox.say(peer, said);
  }

  /** Says a line. @returns to whom it was not sent, as too much waits for them */
  chat(peers: readonly string[], line: { id: string; text: string }): string[] {
    return peers.filter((peer) => !this.#outbox.say(peer, { type: 'chat', ...line }));
  }

  /** Says something sealed to one peer. What does not come is sealed anew; for who takes nothing, it does not pile up. */
  sayKey(peer: string, data: string): void {
    if (this.#outbox.waiting(peer, 'key') < MOST_KEYS) this.#outbox.say(peer, { type: 'key', data });
  }

  /** What counts until something else is said. */
  get #lasting(): ControlMessage[] {
    return [this.#state, this.#addresses, this.#host].filter((said) => said !== undefined);
  }

  /** Tells that we go, and waits until everybody knows, but not for long. */
  async leave(peers: readonly string[]): Promise<void> {
    if (peers.length === 0) return;
    const pending = new Set(peers.filter((peer) => this.#outbox.say(peer, { type: 'leaving' })));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GOODBYE_MS);
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#onTaken = () => this.#outbox.isEmpty && end();
      // Who knows that we go says goodbye to us, and may do so before anything else.
      this.transport.on('event', (event) => {
        if (event.type !== 'bye') return;
        pending.delete(event.peer);
        if (pending.size === 0) end();
      });
      this.#onTaken();
    });
  }
}

/** How long to wait for those who do not answer, milliseconds: time for some repetitions. */
const GOODBYE_MS = 150;

/** Sealed messages that may wait for one peer, who may not be able to read any of them yet. */
const MOST_KEYS = 8;
