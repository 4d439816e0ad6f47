import { messageOf } from '@hellohaybye/core';
import type { CallingState, Page, PageControl, RingOutcome } from '@hellohaybye/playback';
import type { Invitation, Outcome } from '@hellohaybye/signaling';
import type { People, SignalingClient } from '@hellohaybye/signaling/client';
import type { Call } from './call.js';
import type { OwnState } from './control/control-message.js';
import { pageTitle } from './page-title.js';
import { takeLine } from './take-line.js';

/** Lets people act on a call in its page, and shows them how it stands. */
export function showOnPage(call: Call, page: Page): void {
  const attempt = (action: () => unknown) => {
    Promise.resolve()
      .then(action)
      .catch((error: unknown) => page.notice(messageOf(error), 'error'));
  };
  page.on('accept', (id) => attempt(() => call.accept(id)));
  page.on('decline', (id, reason) => attempt(() => call.decline(id, spoken(reason))));
  page.on('cancel', (id) => attempt(() => call.cancel(id)));
  page.on('call', (id) => attempt(() => call.invite([id])));
  page.on('chat', (text) => attempt(() => takeLine(call, text)));
  page.on('control', (control) => attempt(() => operate(call, control)));
  call.on('chat', (line) => page.addChat(line));
  call.on('invited', ({ id, from, room }) =>
    page.ring({ id, from: from.name, ...(room !== undefined && { room }) }),
  );
  call.on('ringing', ({ id, to }) => page.showCalling({ id, to: to.name, state: 'ringing' }));
  call.on('ended', ({ invitation: { id, to }, direction, outcome, reason }) => {
    if (direction === 'incoming') page.stopRinging(id, ringOutcomes[outcome]);
    else {
      const state = callingStates[outcome];
      page.showCalling({ id, to: to.name, state, ...(reason !== undefined && { reason }) });
    }
  });
  call.on('missed', ({ from }) => page.notice(`${from.name} called while you were in a call or away`));
  showTitle(call, page);
  showControls(call, page);
  showPeople(call, page);
}

/** Shows whom we call, as far as that is not over by now. */
export function showInvitations(
  invitations: readonly Invitation[],
  { client, page }: { client: Pick<SignalingClient, 'invitations'>; page: Page | undefined },
): void {
  if (!page) return;
  const open = new Set(client.invitations('outgoing').map(({ id }) => id));
  for (const { id, to } of invitations) {
    if (open.has(id)) page.showCalling({ id, to: to.name, state: 'calling' });
  }
}

/** Changes our state by what a button, or a key, asks for. */
export function operate(call: Call, control: PageControl): unknown {
  return control === 'hang-up' ? call.leave() : call.setState(changes[control]);
}

/** Where we are, or with whom. */
function showTitle(call: Call, page: Page): void {
  const show = () => page.setTitle(pageTitle(call));
  call.on('moved', show).on('removed', show).on('joined', show).on('left', show).on('changed', show);
}

function showControls(call: Call, page: Page): void {
  const show = () => {
    const { sends, state } = call;
    page.setControls({
      ...(sends.audio && { muted: state.muted }),
      ...(sends.video && { cameraOff: state.cameraOff }),
      ...{ onHold: state.onHold, away: state.away, canHangUp: true, canChat: true },
    });
  };
  call.on('state', show);
  show();
}

/** Everybody who is at the server and not here. */
function showPeople(call: Call, page: Page): void {
  let all: People = { people: [], rooms: [] };
  const show = () => {
    const here = new Set(call.others.map(({ id }) => id));
    const others = all.people.filter(({ instance }) => instance !== call.instance && !here.has(instance));
    page.setRoster(
      others.map(({ id, name, room, state }) => {
        const { muted = false, cameraOff = false, onHold = false, away = false, busy = false } = state;
        const where = room === undefined ? {} : { room };
        return { id, name, muted, cameraOff, onHold, away, busy, callable: !busy, ...where };
      }),
    );
  };
  const take = (people: People) => {
    all = people;
    show();
  };
  call.on('people', take).on('joined', show).on('left', show);
  // Before a server that knows nothing of it there is no list.
  call.who({ watch: true }).then(take, () => undefined);
}

/** A reason as it may be said: one line of at most 100 characters. */
function spoken(reason: string | undefined): string | undefined {
  const line = [...(reason ?? '').replace(/\p{Control}+/gu, ' ').trim()].slice(0, 100).join('');
  return line === '' ? undefined : line;
}

const changes: Record<Exclude<PageControl, 'hang-up'>, Partial<OwnState>> = {
  mute: { muted: true },
  unmute: { muted: false },
  'camera-off': { cameraOff: true },
  'camera-on': { cameraOff: false },
  hold: { onHold: true },
  resume: { onHold: false },
  away: { away: true },
  back: { away: false },
};

const ringOutcomes: Record<Outcome, RingOutcome> = {
  accepted: 'accepted',
  declined: 'declined',
  timeout: 'timeout',
  cancelled: 'cancelled',
  busy: 'cancelled',
  gone: 'cancelled',
};

const callingStates: Record<Outcome, CallingState> = {
  accepted: 'accepted',
  declined: 'declined',
  busy: 'busy',
  timeout: 'timeout',
  cancelled: 'cancelled',
  gone: 'unreachable',
};
