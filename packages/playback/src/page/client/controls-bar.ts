import { toggleOf, type Toggle } from '../shortcuts.js';
import type { Controls, PageControl } from '../views.js';
import { button, byId, element } from './dom.js';
import { icon } from './icons.js';
import type { Side } from './side-panel.js';

/** The buttons of the call. They show what the server says, never what was only asked for. */
export class ControlsBar {
  readonly #root = byId('controls');
  readonly #panels = new Map<Side, HTMLButtonElement>();
  #controls: Controls = {};

  constructor(
    private readonly ask: (control: PageControl) => void,
    private readonly toggle: (side: Side) => void,
  ) {
    for (const side of ['people', 'chat'] as const) {
      const made = button(
        'control panel-button',
        () => this.toggle(side),
        icon(side),
        element('span', 'count'),
      );
      made.title = side === 'chat' ? 'Chat (C)' : 'People (P)';
      made.ariaLabel = made.title;
      made.ariaExpanded = 'false';
      made.setAttribute('aria-controls', 'side');
      made.hidden = true;
      this.#panels.set(side, made);
      byId('panel-buttons').append(made);
    }
  }

  get controls(): Controls {
    return this.#controls;
  }

  set(controls: Controls): void {
    const focused = document.activeElement?.id;
    this.#controls = controls;
    const made = (['muted', 'cameraOff', 'onHold', 'away'] as const).flatMap((kind) => this.#toggle(kind));
    if (controls.canHangUp) {
      const hangUp = button('control hang-up', () => this.ask('hang-up'), icon('hang-up'));
      hangUp.title = hangUp.ariaLabel = 'Hang up';
      hangUp.id = 'control-hang-up';
      made.push(hangUp);
    }
    byId('call-buttons').replaceChildren(...made);
    if (focused?.startsWith('control-')) document.getElementById(focused)?.focus();
    this.#showOrHide();
  }

  /** Shows or hides the button of a panel, whether it is open, and how much is new in it. */
  setPanel(side: Side, state: { there: boolean; open: boolean; news: number }): void {
    const made = this.#panels.get(side)!;
    made.hidden = !state.there;
    made.ariaExpanded = String(state.open);
    made.classList.toggle('is-open', state.open);
    made.querySelector('.count')!.textContent =
      state.news === 0 ? '' : state.news > 99 ? '99+' : `${state.news}`;
    made.ariaLabel = state.news === 0 ? made.title : `${made.title}, ${state.news} new`;
    this.#showOrHide();
  }

  #toggle(kind: Toggle): HTMLButtonElement[] {
    const control = toggleOf(kind, this.#controls);
    if (!control) return [];
    const isOff = this.#controls[kind] === true;
    const { label, key, icons } = looks[kind];
    const made = button(
      `control${isOff ? ' is-off' : ''}`,
      () => this.ask(control),
      icon(icons[isOff ? 1 : 0]),
    );
    made.id = `control-${kind}`;
    made.title = `${label[isOff ? 1 : 0]} (${key})`;
    made.ariaLabel = made.title;
    return [made];
  }

  #showOrHide(): void {
    const { canHangUp, canChat: _, ...toggles } = this.#controls;
    const any = canHangUp === true || Object.values(toggles).some((state) => state !== undefined);
    this.#root.hidden = !any && [...this.#panels.values()].every(({ hidden }) => hidden);
  }
}

const looks = {
  muted: { label: ['Mute', 'Unmute'], key: 'M', icons: ['microphone', 'microphone-off'] },
  cameraOff: {
    label: ['Turn the camera off', 'Turn the camera on'],
    key: 'V',
    icons: ['camera', 'camera-off'],
  },
  onHold: { label: ['Hold', 'Resume'], key: 'H', icons: ['hold', 'resume'] },
  away: { label: ['Show that you are away', 'Show that you are back'], key: 'W', icons: ['here', 'away'] },
} as const;
