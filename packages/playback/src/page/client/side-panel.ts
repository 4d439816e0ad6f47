import { byId } from './dom.js';

/** What the panel at the side shows. */
export type Side = 'people' | 'chat';

/** The panel at the side: people or chat, or closed. */
export class SidePanel {
  readonly #root = byId('side');
  #open: Side | undefined;

  /** @param changed called when it shows something else */
  constructor(private readonly changed: (open: Side | undefined) => void) {
    byId('side-close').addEventListener('click', () => this.show(undefined));
    this.#root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) this.show(undefined);
    });
  }

  get open(): Side | undefined {
    return this.#open;
  }

  toggle(side: Side): void {
    this.show(this.#open === side ? undefined : side);
  }

  show(side: Side | undefined): void {
    if (side === this.#open) return;
    this.#open = side;
    this.#root.hidden = side === undefined;
    byId('people').hidden = side !== 'people';
    byId('chat').hidden = side !== 'chat';
    byId('side-title').textContent = side === 'chat' ? 'Chat' : 'People';
    this.changed(side);
  }
}
