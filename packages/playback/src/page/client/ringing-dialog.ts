import { companyOf } from '../texts.js';
import type { IncomingCall } from '../views.js';
import { LONGEST_REASON, type ViewerMessage } from '../wire.js';
import { badgeOf, button, byId, element, isTyping, nameOf } from './dom.js';
import { icon } from './icons.js';
import { RingTone } from './ring-tone.js';

/** The dialog of the call that rings, the longest first; others wait until it is answered. */
export class RingingDialog {
  readonly #root = byId<HTMLDialogElement>('ringing');
  readonly #calls = new Map<string, IncomingCall>();
  readonly #silent = element('p', 'silent', 'Click anywhere to hear it ring');
  readonly #tone = new RingTone((audible) => (this.#silent.hidden = audible));
  #shown: string | undefined;

  /**
   * @param answer takes what somebody answers
   * @param changed called with who calls, undefined when nobody does any more
   */
  constructor(
    private readonly answer: (message: ViewerMessage) => void,
    private readonly changed: (caller: string | undefined) => void,
  ) {
    this.#root.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.#decline();
    });
  }

  ring(call: IncomingCall): void {
    this.#calls.set(call.id, call);
    if (this.#shown === call.id) this.#shown = undefined;
    this.#update();
  }

  stop(id: string): void {
    this.#calls.delete(id);
    this.#update();
  }

  clear(): void {
    this.#calls.clear();
    this.#update();
  }

  #update(): void {
    const [call] = this.#calls.values();
    const waiting = this.#root.querySelector('.waiting');
    if (waiting) waiting.textContent = this.#waiting;
    if (call?.id === this.#shown) return;
    this.#shown = call?.id;
    this.changed(call?.from);
    if (!call) {
      this.#tone.stop();
      this.#root.close();
      return;
    }
    // Whoever is typing must not accept by the Enter of their line: the button is not focused then.
    const wasTyping = isTyping() && !this.#root.open;
    this.#fill(call);
    if (!this.#root.open) this.#root.showModal();
    (wasTyping ? this.#root : this.#root.querySelector<HTMLElement>('.accept'))?.focus();
    this.#tone.start();
  }

  #fill(call: IncomingCall): void {
    const who = element('h2', '', nameOf(call.from));
    who.id = 'ringing-who';
    const company = companyOf(call.room, call.people);
    const what = element('p', 'what', 'is calling you', element('bdi', 'company', company));
    what.id = 'ringing-what';
    const reason = element('input', 'reason');
    reason.maxLength = LONGEST_REASON;
    reason.dir = 'auto';
    reason.placeholder = 'Message when declining (optional)';
    reason.ariaLabel = reason.placeholder;
    reason.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) this.#decline();
    });
    const decline = button('decline', () => this.#decline(), icon('hang-up'), 'Decline');
    decline.title = 'Decline (Escape)';
    const accept = button(
      'accept',
      () => this.#answer({ type: 'accept', id: call.id }),
      icon('phone'),
      'Accept',
    );
    accept.title = 'Accept (Enter)';
    const answers = element('div', 'answers', decline, accept);
    const waiting = element('p', 'waiting', this.#waiting);
    this.#root.replaceChildren(badgeOf(call.from), who, what, answers, reason, waiting, this.#silent);
  }

  get #waiting(): string {
    const more = this.#calls.size - 1;
    return more > 0 ? `${more} more ${more === 1 ? 'call is' : 'calls are'} waiting` : '';
  }

  #decline(): void {
    if (this.#shown === undefined) return;
    const reason = this.#root.querySelector<HTMLInputElement>('.reason')?.value.trim();
    this.#answer({ type: 'decline', id: this.#shown, ...(reason ? { reason } : {}) });
  }

  /** The dialog closes when the server says that it rings no more: the first answer of all windows counts. */
  #answer(message: ViewerMessage): void {
    for (const each of this.#root.querySelectorAll('button')) each.disabled = true;
    this.answer(message);
  }
}
