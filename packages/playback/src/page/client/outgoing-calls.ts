import { callingTexts } from '../texts.js';
import type { OutgoingCall } from '../views.js';
import { badgeOf, button, byId, element, nameOf } from './dom.js';
import { icon } from './icons.js';

/** A card for each call from here: who is called, how it stands, and a button to give it up. */
export class OutgoingCalls {
  readonly #root = byId('outgoing');
  readonly #cards = new Map<string, HTMLElement>();

  constructor(private readonly cancel: (id: string) => void) {}

  update(call: OutgoingCall): void {
    const { id, to, state, reason } = call;
    this.#remove(id);
    if (state === 'accepted' || state === 'cancelled') return;
    const live = state === 'calling' || state === 'ringing';
    const text = element('p', 'state', callingTexts[state]);
    if (reason) text.append(': ', element('bdi', '', reason));
    const end = live
      ? button('cancel', () => this.cancel(id), icon('hang-up'), 'Cancel')
      : button('dismiss', () => this.#remove(id), icon('close'));
    if (!live) end.ariaLabel = 'Close';
    const card = element('div', `card ${live ? 'is-live' : 'is-over'}`, badgeOf(to));
    card.append(element('div', 'texts', nameOf(to), text), end);
    card.setAttribute('role', 'group');
    card.ariaLabel = `Call to ${to}`;
    this.#cards.set(id, card);
    this.#root.append(card);
    if (!live) setTimeout(() => this.#cards.get(id) === card && this.#remove(id), OVER_MS);
  }

  clear(): void {
    for (const id of [...this.#cards.keys()]) this.#remove(id);
  }

  #remove(id: string): void {
    this.#cards.get(id)?.remove();
    this.#cards.delete(id);
  }
}

/** How long it is told how a call ended. */
const OVER_MS = 8000;
