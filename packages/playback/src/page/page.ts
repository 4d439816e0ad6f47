import { EventEmitter } from 'node:events';
import { PageTokens } from './page-tokens.js';
import { serveAssets } from './serve.js';
import { parseViewerMessage } from './viewer-message.js';
import { Viewers } from './viewers.js';
import type {
  ChatLine,
  Controls,
  IncomingCall,
  NoticeKind,
  OutgoingCall,
  PageControl,
  ParticipantView,
  RingOutcome,
  RosterPerson,
} from './views.js';
import { LONGEST_CHAT, type ServerMessage, type ViewerMessage } from './wire.js';

export interface PageOptions {
  /** The TCP port. Default 0: any free one. */
  port?: number;
  /** The heading, such as the room's name, until `setTitle`. Default `HelloHayBye`. */
  title?: string;
}

/** What people do in the page. Everything is checked: ids are those of calls and people that are shown. */
export interface PageEvents {
  /** A window was opened with this address, which is used up by it; `url` is another one by now. */
  opened: [url: string];
  /** Somebody accepted a call that rings. */
  accept: [id: string];
  /** Somebody declined a call that rings, and may have said why (at most 200 UTF-16 code units). */
  decline: [id: string, reason: string | undefined];
  /** Somebody gave up a call from here. */
  cancel: [id: string];
  /** Somebody wants to call a person of the roster. */
  call: [id: string];
  /** Somebody pressed a button of the call. The page shows no change until `setControls`. */
  control: [control: PageControl];
  /** Somebody wrote a line (at most 2000 UTF-16 code units). The page shows it only after `addChat`. */
  chat: [text: string];
}

/** Where a page is opened. */
export interface PageAddress {
  /**
   * Where to open it. After the `#` is a token, without which nobody sees anything. It opens one window, which may be
   * reloaded; as soon as it did, there is another address here.
   */
  readonly url: string;
  /** Another such address, for one window, such as that of a browser that is started. The last 16 unused ones work. */
  newUrl(): string;
  on(event: 'opened', listener: (url: string) => void): unknown;
}

/** A page with a tile for each participant, for browsers on this machine. */
export interface Page extends EventEmitter<PageEvents> {
  /** As in `PageAddress`. */
  readonly url: string;
  /** As in `PageAddress`. */
  newUrl(): string;
  /** Browser windows that show it now. */
  readonly viewers: number;
  /** Pictures that viewers were not sent because a newer one was there before they could take it. */
  readonly skipped: number;
  /** Messages of browsers that were ignored: malformed, or about what is not shown any more. */
  readonly ignored: number;
  /** Shows another heading, which is the title of the browser's tab as well. */
  setTitle(title: string): void;
  /** Adds a participant, or replaces their state. */
  setParticipant(id: string, state: ParticipantView): void;
  /** Takes a participant's tile away. */
  removeParticipant(id: string): void;
  /** Shows a picture of a participant; of one that is unknown it is ignored. The bytes are copied. */
  showFrame(id: string, jpeg: Uint8Array): void;
  /** Rings, until somebody answers in a browser (`accept`, `decline`) or `stopRinging`. */
  ring(call: IncomingCall): void;
  /** Stops a call's ringing that ended otherwise than by an answer here; of one that does not ring it is ignored. */
  stopRinging(id: string, outcome: RingOutcome): void;
  /** Shows where a call from here stands. States other than `calling` and `ringing` end it and go by themselves. */
  showCalling(call: OutgoingCall): void;
  /** Shows who else is there, in this order; replaces what was set before. Without it there is no list of people. */
  setRoster(people: RosterPerson[]): void;
  /** Shows how the call stands, with a button for each thing that is given; replaces what was set before. */
  setControls(controls: Controls): void;
  /** Adds a line to the chat. The last 200 are kept for browsers that come later. */
  addChat(line: ChatLine): void;
  /** Tells something in a line that goes by itself; errors are told to screen readers at once. */
  notice(text: string, kind?: NoticeKind): void;
  /** Tells the viewers that the call is over, and stops serving. */
  close(): Promise<void>;
}

/** Lines of chat that are kept. */
const MOST_CHAT = 200;
/** People that a roster shows. */
const MOST_PEOPLE = 500;
/** UTF-16 code units of a notice. */
const LONGEST_NOTICE = 500;

/**
 * Serves the page, on 127.0.0.1 only. Requests with a foreign Host are refused, and sockets with a foreign Origin
 * or without a token of the page.
 * @throws HhbError `port-in-use`, `page-failed`
 */
export async function openPage(options: PageOptions = {}): Promise<Page> {
  return new PageServer(await serveAssets(options.port ?? 0), options.title ?? 'HelloHayBye');
}

class PageServer extends EventEmitter<PageEvents> implements Page {
  readonly #port: number;
  readonly #tokens = new PageTokens();
  readonly #viewers: Viewers;
  readonly #keys = new Map<string, number>();
  readonly #ringing = new Map<string, IncomingCall>();
  readonly #calling = new Set<string>();
  readonly #chat = new Set<string>();
  #callable = new Set<string>();
  #controls: Controls = {};
  #lastKey = 0;
  #ignored = 0;

  constructor({ server, port }: Awaited<ReturnType<typeof serveAssets>>, title: string) {
    super();
    this.#port = port;
    const door = { server, port, admit: (token: string) => this.#admit(token) };
    this.#viewers = new Viewers(door, { type: 'hello', title }, (text) => {
      const message = text === undefined ? undefined : parseViewerMessage(text);
      if (!message || !this.#take(message)) this.#ignored++;
    });
  }

  get url(): string {
    return this.#urlOf(this.#tokens.current);
  }

  newUrl(): string {
    return this.#urlOf(this.#tokens.issue());
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  get skipped(): number {
    return this.#viewers.skipped;
  }

  get ignored(): number {
    return this.#ignored;
  }

  setTitle(title: string): void {
    this.#viewers.set('title', { type: 'title', title });
  }

  setParticipant(id: string, participant: ParticipantView): void {
    const key = this.#keys.get(id) ?? ++this.#lastKey;
    this.#keys.set(id, key);
    this.#viewers.set(key, { type: 'participant', key, participant });
  }

  removeParticipant(id: string): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    this.#keys.delete(id);
    this.#viewers.end(key, { type: 'left', key });
  }

  showFrame(id: string, jpeg: Uint8Array): void {
    const key = this.#keys.get(id);
    if (key !== undefined) this.#viewers.show(key, jpeg);
  }

  ring(call: IncomingCall): void {
    this.#ringing.set(call.id, call);
    this.#viewers.set(`ring ${call.id}`, { type: 'ring', call });
  }

  stopRinging(id: string, outcome: RingOutcome): void {
    const call = this.#ringing.get(id);
    if (!call) return;
    this.#ringing.delete(id);
    this.#viewers.end(`ring ${id}`, { type: 'ring-stopped', id, from: call.from, outcome });
  }

  showCalling(call: OutgoingCall): void {
    const slot = `calling ${call.id}`;
    if (call.state === 'calling' || call.state === 'ringing') {
      this.#calling.add(call.id);
      this.#viewers.set(slot, { type: 'calling', call });
    } else {
      this.#calling.delete(call.id);
      this.#viewers.end(slot, { type: 'calling', call });
    }
  }

  setRoster(people: RosterPerson[]): void {
    const shown = people.slice(0, MOST_PEOPLE);
    this.#callable = new Set(shown.filter(({ callable }) => callable).map(({ id }) => id));
    this.#viewers.set('roster', { type: 'roster', people: shown });
  }

  setControls(controls: Controls): void {
    this.#controls = controls;
    this.#viewers.set('controls', { type: 'controls', controls });
  }

  addChat(line: ChatLine): void {
    this.#chat.add(line.id);
    const text = line.text.slice(0, LONGEST_CHAT);
    this.#viewers.set(`chat ${line.id}`, { type: 'chat', line: { ...line, text } });
    const [oldest] = this.#chat;
    if (this.#chat.size <= MOST_CHAT || oldest === undefined) return;
    this.#chat.delete(oldest);
    this.#viewers.end(`chat ${oldest}`);
  }

  notice(text: string, kind: NoticeKind = 'note'): void {
    this.#viewers.tell({ type: 'notice', text: text.slice(0, LONGEST_NOTICE), kind });
  }

  close(): Promise<void> {
    return this.#viewers.close();
  }

  #admit(token: string): ServerMessage[] | undefined {
    const admitted = this.#tokens.admit(token);
    if (admitted === undefined || admitted === 'session') return admitted && [];
    this.emit('opened', this.#urlOf(token));
    return [{ type: 'session', key: this.#tokens.sessionKey }];
  }

  #urlOf(token: string): string {
    return `http://127.0.0.1:${this.#port}/#${token}`;
  }

  /** Takes what somebody did; false when it is about something that is not shown, or not any more. */
  #take(message: ViewerMessage): boolean {
    switch (message.type) {
      case 'accept':
      case 'decline':
        // The first answer of any window counts: the others' dialogs close.
        if (!this.#ringing.has(message.id)) return false;
        this.stopRinging(message.id, message.type === 'accept' ? 'accepted' : 'declined');
        if (message.type === 'accept') this.emit('accept', message.id);
        else this.emit('decline', message.id, message.reason);
        return true;
      case 'cancel':
        if (!this.#calling.has(message.id)) return false;
        this.emit('cancel', message.id);
        return true;
      case 'call':
        if (!this.#callable.has(message.id)) return false;
        this.emit('call', message.id);
        return true;
      case 'control':
        if (!offers(this.#controls, message.control)) return false;
        this.emit('control', message.control);
        return true;
      case 'chat':
        if (!this.#controls.canChat) return false;
        this.emit('chat', message.text);
        return true;
    }
  }
}

/** Whether there is a button for it. */
function offers(controls: Controls, control: PageControl): boolean {
  if (control === 'hang-up') return controls.canHangUp === true;
  if (control === 'mute' || control === 'unmute') return controls.muted !== undefined;
  if (control === 'hold' || control === 'resume') return controls.onHold !== undefined;
  if (control === 'away' || control === 'back') return controls.away !== undefined;
  return controls.cameraOff !== undefined;
}
