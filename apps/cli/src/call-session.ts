import { once } from 'node:events';
import {
  openCall,
  startCall,
  type Call,
  type CallOptions,
  type ParticipantReport,
  type PeerStatus,
} from '@hellohaybye/call';
import { HhbError, messageOf } from '@hellohaybye/core';
import { shownUrl } from '@hellohaybye/signaling';
import { placeOf } from '@hellohaybye/signaling/client';
import { showPage } from './browser/show-page.js';
import { controlByKeys, tellEvents } from './call-controls.js';
import { interrupted, waitFor } from './interruption.js';
import { noticePrinter } from './notices.js';
import type { CallSecurity } from './people/call-security.js';
import { sessionSecurity } from './people/session-security.js';
import { printable, type LiveTerminal, type Terminal } from './terminal.js';

/** How a call is run and shown; the parts that differ from command to command. */
export interface SessionOptions {
  call: CallOptions;
  /** Who we are, the room's secret, and who may be in a call with us. */
  security?: CallSecurity;
  terminal: Terminal;
  /** The same terminal, where its keys drive the call. */
  keys?: LiveTerminal;
  /** Calls people, instead of joining the room; the session ends with the call. Rejects when nobody comes. */
  enter?: (call: Call, signal: AbortSignal) => Promise<void>;
  open: boolean;
  verbose: boolean;
  /** Whether to tell who is here and where the call is; true when left out. */
  welcome?: boolean;
  /** Seconds from when this participant is in; until the signal when undefined. */
  duration: number | undefined;
  /** Whether the duration counts only from when somebody else is in, too; false when left out. */
  untilTwo?: boolean;
  signal: AbortSignal;
  /** @param server where it is */
  onStarted?: (call: Call, server: string) => void;
  onStatus?: (status: PeerStatus[]) => void;
}

/** How long the call lasted and what was received. */
export interface SessionResult {
  durationS: number;
  participants: ParticipantReport[];
}

/**
 * Runs one participant's side of a call from joining to leaving.
 * @throws HhbError `interrupted` when the signal aborts before this participant is in, `call-closed` when the server ends it
 */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { terminal, signal } = options;
  const onNotice = noticePrinter(terminal, options.verbose);
  const opening = options.enter ? openCall : startCall;
  const security = options.security && { security: sessionSecurity(options.security) };
  const starting = opening({ ...options.call, ...security, onNotice });
  const call = await Promise.race([starting, waitFor(undefined, signal)]);
  if (!call) {
    starting.then((late) => late.leave()).catch(() => undefined);
    throw interrupted();
  }
  let started = performance.now();
  const ending = new AbortController();
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  call.on('leaving', () => over.abort());
  let ended: HhbError | undefined;
  call.on('closed', ({ reason }) => (ended = putOut(reason)));
  let releaseKeys: (() => void) | undefined;
  try {
    const server = await options.call.server;
    greet(call, server, options);
    releaseKeys = options.keys && controlByKeys(call, options.keys);
    options.onStarted?.(call, server);
    await options.enter?.(call, until);
    call.on('removed', (where) => afterRoom(call, options, where, over));
    const showing = showStatus(call, options, AbortSignal.any([ending.signal, over.signal]));
    if ((options.untilTwo || options.enter) && call.others.length === 0) {
      await Promise.race([once(call, 'joined'), waitFor(undefined, until, showing)]);
      started = performance.now();
    }
    await waitFor(options.duration && options.duration * 1000, until, showing);
    ending.abort();
    await showing;
  } catch (error) {
    throw ended ?? error;
  } finally {
    ending.abort();
    releaseKeys?.();
    // Leaving says goodbye to everybody and closes camera and microphone, also when something above failed.
    await call.leave();
  }
  if (ended) throw ended;
  const durationS = Math.round(performance.now() - started) / 1000;
  return { durationS, participants: [await call.leave()] };
}

function greet(
  call: Call,
  server: string,
  { call: { room, ports, page }, terminal, keys, open, welcome, enter }: SessionOptions,
): void {
  tellEvents(call, terminal, () => keys?.control('\x07'));
  const others = call.others.map(({ name }) => printable(name));
  const company = others.length === 0 ? 'Nobody else is here yet.' : `Here: ${others.join(', ')}.`;
  const where = URL.canParse(server) ? server.replace(new URL(server).host, placeOf(server)) : server;
  if (welcome !== false && !enter)
    terminal.say(`You are ${printable(call.name)} in ${printable(room)} at ${shownUrl(where)}. ${company}`);
  for (const channel of ['video', 'audio'] as const) {
    const port = call.ports[channel];
    if (ports[channel].port !== 0 && port !== ports[channel].port) {
      terminal.say(`note: UDP port ${ports[channel].port} is in use; ${channel} is on ${port}`);
    }
  }
  if (page && call.pageAddress) showPage(call.pageAddress, { what: 'The call is shown', open, terminal });
}

/** The server will not have us any more. */
function putOut(reason: string): HhbError {
  const why =
    reason === 'removed'
      ? 'you were removed by whoever runs the server'
      : `the server says ${printable(reason)}`;
  return new HhbError('call-closed', `The call is over: ${why}`);
}

/** A call has ended: who called is done, who was called goes back to the room. */
function afterRoom(
  call: Call,
  { call: { room }, terminal, enter }: SessionOptions,
  { reason }: { reason: string },
  over: AbortController,
): void {
  terminal.say(reason === 'call-ended' ? 'The call is over.' : `You are in no room any more (${printable(reason)}).`); // prettier-ignore
  if (enter) over.abort();
  else if (reason === 'call-ended') {
    call.join(room).catch((error: unknown) => terminal.say(`note: ${printable(messageOf(error))}`));
  }
}

async function showStatus(call: Call, options: SessionOptions, ending: AbortSignal): Promise<void> {
  for (;;) {
    await waitFor(1000, ending);
    if (ending.aborted) return;
    const status = await call.status();
    if (options.onStatus) options.onStatus(status);
    else options.terminal.status(status.map((peer) => statusLine(peer)));
  }
}

/** One peer's media right now: `anna: 30 fps  3.2 Mbit/s  loss 3.1 % → 0.0 %  4.0 ms`. */
export function statusLine(
  { name, fps, bitsPerSecond, latencyMs, state, ...losses }: PeerStatus,
  who = printable(name),
): string {
  const latency = latencyMs === null ? 'latency unknown' : `${latencyMs.toFixed(1)} ms`;
  const rate = `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${who}: ${String(fps).padStart(2)} fps  ${rate}  ${lossText(losses)}  ${latency}${stateText(state)}`;
}

/** What a peer says of itself: `  (muted, on hold)`, or nothing. */
function stateText(state: PeerStatus['state']): string {
  const { muted, cameraOff, onHold, away, reconnecting } = state;
  const said = [
    muted && 'muted',
    cameraOff && 'camera off',
    onHold && 'on hold',
    away && 'away',
    reconnecting && 'reconnecting',
  ].filter((word) => typeof word === 'string');
  return said.length === 0 ? '' : `  (${said.join(', ')})`;
}

/** What was lost, and what of it repair did not bring back: `loss 3.1 % → 0.0 %`, or `loss 0.0 %`. */
export function lossText({ lossBefore, lossAfter }: { lossBefore: number; lossAfter: number }): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return `loss ${percent(lossBefore)}${lossBefore > 0 ? ` → ${percent(lossAfter)}` : ''}`;
}
