import { once } from 'node:events';
import {
  startCall,
  type Call,
  type CallOptions,
  type ParticipantReport,
  type PeerStatus,
} from '@hellohaybye/call';
import { openBrowser } from './browser.js';
import { interrupted, waitFor } from './interruption.js';
import { noticePrinter } from './notices.js';
import { printable, type Terminal } from './terminal.js';

/** How a call is run and shown; the parts that differ from command to command. */
export interface SessionOptions {
  call: CallOptions;
  terminal: Terminal;
  open: boolean;
  verbose: boolean;
  /** Whether to tell who is here and where the call is; true when left out. */
  welcome?: boolean;
  /** Seconds from when this participant is in; until the signal when undefined. */
  duration: number | undefined;
  /** Whether the duration counts only from when somebody else is in, too; false when left out. */
  untilTwo?: boolean;
  signal: AbortSignal;
  onStarted?: (call: Call) => void;
  onStatus?: (status: PeerStatus[]) => void;
}

/** How long the call lasted and what was received. */
export interface SessionResult {
  durationS: number;
  participants: ParticipantReport[];
}

/**
 * Runs one participant's side of a call from joining to leaving.
 * @throws HhbError `interrupted` when the signal aborts before this participant is in
 */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { terminal, signal } = options;
  const onNotice = noticePrinter(terminal, options.verbose);
  const starting = startCall({ ...options.call, onNotice });
  const call = await Promise.race([starting, waitFor(undefined, signal)]);
  if (!call) {
    starting.then((late) => late.leave()).catch(() => undefined);
    throw interrupted();
  }
  let started = performance.now();
  const ending = new AbortController();
  try {
    greet(call, options);
    options.onStarted?.(call);
    const showing = showStatus(call, options, ending.signal);
    if (options.untilTwo && call.others.length === 0) {
      await Promise.race([once(call, 'joined'), waitFor(undefined, signal, showing)]);
      started = performance.now();
    }
    await waitFor(options.duration && options.duration * 1000, signal, showing);
    ending.abort();
    await showing;
  } finally {
    ending.abort();
    // Leaving says goodbye to everybody and closes camera and microphone, also when something above failed.
    await call.leave();
  }
  const durationS = Math.round(performance.now() - started) / 1000;
  return { durationS, participants: [await call.leave()] };
}

function greet(
  call: Call,
  { call: { room, server, ports, page }, terminal, open, welcome }: SessionOptions,
): void {
  call.on('joined', ({ name }) => terminal.say(`${printable(name)} came.`));
  call.on('left', ({ name, reason }) => terminal.say(`${printable(name)} went (${printable(reason)}).`));
  const others = call.others.map(({ name }) => printable(name));
  const company = others.length === 0 ? 'Nobody else is here yet.' : `Here: ${others.join(', ')}.`;
  if (welcome !== false)
    terminal.say(`You are ${printable(call.name)} in ${printable(room)} at ${server}. ${company}`);
  for (const channel of ['video', 'audio'] as const) {
    const port = call.ports[channel];
    if (ports[channel].port !== 0 && port !== ports[channel].port) {
      terminal.say(`note: UDP port ${ports[channel].port} is in use; ${channel} is on ${port}`);
    }
  }
  if (page && call.pageUrl) {
    terminal.say(`The call is shown at ${call.pageUrl}`);
    if (open)
      openBrowser(call.pageUrl, (reason) => terminal.say(`note: ${reason}; open the address yourself`));
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
  { name, fps, bitsPerSecond, latencyMs, ...losses }: PeerStatus,
  who = printable(name),
): string {
  const latency = latencyMs === null ? 'latency unknown' : `${latencyMs.toFixed(1)} ms`;
  const rate = `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${who}: ${String(fps).padStart(2)} fps  ${rate}  ${lossText(losses)}  ${latency}`;
}

/** What was lost, and what of it repair did not bring back: `loss 3.1 % → 0.0 %`, or `loss 0.0 %`. */
export function lossText({ lossBefore, lossAfter }: { lossBefore: number; lossAfter: number }): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return `loss ${percent(lossBefore)}${lossBefore > 0 ? ` → ${percent(lossAfter)}` : ''}`;
}
