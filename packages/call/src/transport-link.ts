import type { Transport } from '@hellohaybye/transport/node';
import type { Conversation } from './control/conversation.js';
import type { Departures } from './departures.js';
import type { IncomingPipeline } from './incoming-pipeline.js';
import type { Gate } from './keys/gate.js';
import type { Notice } from './options.js';
import { pathNotice } from './place-notices.js';
import type { Roster } from './roster.js';

/** What follows what comes by the transport. */
export interface TransportListener {
  gate: Gate;
  incoming: IncomingPipeline;
  roster: Roster;
  departures: Departures;
  conversation: Conversation;
  onNotice: (notice: Notice) => void;
}

/** Hands on what the transport tells a call: media to those who show and play it, and how it is with everybody. */
export function followTransport(transport: Transport, listener: TransportListener): void {
  const { gate, incoming, roster, departures, conversation, onNotice } = listener;
  transport.on('frame', (frame) => {
    if (gate.hears(frame.peer)) incoming.receive(frame);
  });
  transport.on('error', ({ code, message }) => onNotice({ code, message }));
  transport.on('event', (event) => {
    if (event.type === 'source') incoming.restart(event.peer, event.stream);
    if (event.type === 'path') {
      const name = roster.nameOf(event.peer);
      if (name !== undefined) onNotice(pathNotice(name, event));
    }
    departures.take(event);
    // It may be one that knows nothing of what was said before.
    if (event.type === 'control-restarted') conversation.repeat(event.peer);
  });
}
