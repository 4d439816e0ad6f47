import { operate, takeLine, type Call, type OwnState } from '@hellohaybye/call';
import { messageOf } from '@hellohaybye/core';
import { printable, type LiveTerminal, type Terminal } from './terminal.js';
import { startInteraction } from './terminal/interaction.js';

/** Drives a call by the keys of a terminal, until the function that it gives is called. */
export function controlByKeys(call: Call, terminal: LiveTerminal): () => void {
  const act = (action: Parameters<Parameters<typeof startInteraction>[0]['onAction']>[0]): unknown => {
    const [ringing] = call.calls;
    if (action.type === 'accept') return ringing && call.accept(ringing.id);
    if (action.type === 'decline') return ringing && call.decline(ringing.id);
    if (action.type === 'control') return operate(call, action.control);
    if (action.type === 'chat') return takeLine(call, action.text);
    return call.leave();
  };
  const interaction = startInteraction({
    terminal,
    onAction: (action) => {
      Promise.resolve()
        .then(() => act(action))
        .catch((error: unknown) => terminal.say(`note: ${printable(messageOf(error))}`));
    },
  });
  const show = () => {
    const { sends, state, calls } = call;
    interaction.setContext({
      ringing: calls[0]?.from.name,
      muted: sends.audio ? state.muted : undefined,
      cameraOff: sends.video ? state.cameraOff : undefined,
      onHold: state.onHold,
      away: state.away,
      canChat: true,
    });
  };
  call.on('state', show).on('invited', show).on('ended', show);
  show();
  return () => {
    call.off('state', show).off('invited', show).off('ended', show);
    interaction.close();
  };
}

/** Prints what happens in a call, a line each. Names and texts are others', and are printed as such. */
export function tellEvents(call: Call, terminal: Terminal, bell: () => void): void {
  const say = (line: string) => terminal.say(printable(line));
  call.on('joined', ({ name }) => {
    bell();
    say(`${name} came.`);
  });
  call.on('left', ({ name, reason }) => say(`${name} went (${reason}).`));
  call.on('renamed', ({ from, to }) => say(`${from} is called ${to} now.`));
  call.on('moved', ({ room, call: isCall }) => say(isCall ? 'You are in a call.' : `You are in ${room}.`));
  call.on('chat', ({ from, text }) => say(`${from}: ${text.replace(/\s*[\r\n]\s*/g, ' ')}`));
  const stateLine = watchState();
  call.on('state', (state) => stateLine.own(state).forEach(say));
  call.on('invited', ({ from, room }) => {
    bell();
    say(`${from.name} is calling${room === undefined ? '' : ` you to ${room}`}.`);
  });
  call.on('missed', ({ from }) => say(`${from.name} called while you were in a call or away.`));
  call.on('ringing', ({ to }) => say(`It rings at ${to.name}.`));
  call.on('ended', ({ invitation: { from, to }, direction, outcome, reason }) => {
    const said = reason === undefined ? '' : `: ${reason}`;
    if (direction === 'outgoing') say(`${to.name} ${outgoing[outcome]}${said}.`);
    else if (outcome === 'timeout') say(`The call of ${from.name} was not answered.`);
    else if (outcome === 'cancelled' || outcome === 'gone') say(`${from.name} calls no more.`);
  });
  call.calls.forEach(({ from }) => {
    bell();
    say(`${from.name} is calling.`);
  });
}

/** Tells of our own state what has changed. */
function watchState(): { own(state: OwnState): string[] } {
  let before: OwnState = { muted: false, cameraOff: false, onHold: false, away: false };
  return {
    own(state) {
      const flags = Object.keys(words) as (keyof typeof words)[];
      const changed = flags.filter((flag) => state[flag] !== before[flag]);
      before = state;
      return changed.map((flag) => words[flag][state[flag] ? 0 : 1]);
    },
  };
}

const words = {
  muted: ['You are muted.', 'You are heard again.'],
  cameraOff: ['Your camera is off.', 'Your camera is on again.'],
  onHold: ['The call is on hold.', 'The call goes on.'],
  away: ['The others see that you are away.', 'The others see that you are back.'],
} as const;

const outgoing = {
  accepted: 'accepted',
  declined: 'declined',
  busy: 'is in another call',
  timeout: 'did not answer',
  cancelled: 'is not called any more',
  gone: 'is gone',
} as const;
