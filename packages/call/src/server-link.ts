import { messageOf } from '@hellohaybye/core';
import type { Invitation, Participant } from '@hellohaybye/signaling';
import type { SignalingClient } from '@hellohaybye/signaling/client';
import type { Call } from './call.js';
import type { Answer } from './options.js';

/** What follows what the server tells. Nothing is told any more once we leave. */
export interface ServerListener {
  /** Somebody is here, or is otherwise than before. */
  add(participant: Participant): void;
  remove(instance: string, reason: string): void;
  /** The room is another one now. */
  moved(room: string, isCall: boolean): void;
  removed(where: { room: string; reason: string }): void;
  lost(): void;
  /** The server is there again: the session goes on there (`resumed`), or it knew nothing of us. */
  found(resumed: boolean): void;
  /** The server will not have us any more. */
  ended(reason: string): void;
  notice(code: string, message: string): void;
  isLeaving(): boolean;
}

/** Follows what the server tells a call, and answers those who call us where nobody is to be asked. */
export class ServerLink {
  constructor(
    private readonly client: SignalingClient,
    private readonly call: Call,
    private readonly listener: ServerListener,
    private readonly answer: Answer = 'ask',
  ) {
    const unlessLeaving =
      <Value>(action: (value: Value) => void) =>
      (value: Value) =>
        listener.isLeaving() ? undefined : action(value);
    const onLost = unlessLeaving(({ reason }: { reason: string }) => this.#lost(reason));
    client.on('joined', unlessLeaving(listener.add));
    client.on('updated', unlessLeaving(listener.add));
    client.on(
      'left',
      unlessLeaving(({ instance, reason }) => listener.remove(instance, reason)),
    );
    client.on(
      'moved',
      unlessLeaving(({ room, call: isCall }) => {
        listener.moved(room, isCall);
        call.emit('moved', { room, call: isCall });
      }),
    );
    client.on('removed', unlessLeaving(listener.removed));
    client.on('disconnected', onLost);
    client.on(
      'closed',
      unlessLeaving((end) =>
        end.code === otherVersion ? this.#lost(end.reason) : listener.ended(end.reason),
      ),
    );
    client.on(
      'resumed',
      unlessLeaving(() => this.#found(true)),
    );
    client.on(
      'rejoined',
      unlessLeaving(() => this.#found(false)),
    );
    client.on(
      'invited',
      unlessLeaving((invitation) => this.#invited(invitation)),
    );
    client.on(
      'ringing',
      unlessLeaving((invitation) => call.emit('ringing', invitation)),
    );
    client.on(
      'ended',
      unlessLeaving((ended) => call.emit('ended', ended)),
    );
    client.on(
      'missed',
      unlessLeaving((invitation) => call.emit('missed', invitation)),
    );
    client.on(
      'people',
      unlessLeaving((people) => call.emit('people', people)),
    );
  }

  /** Takes the calls that came before anybody listened. */
  begin(): void {
    this.client.invitations('incoming').forEach((one) => this.#invited(one));
  }

  #invited(invitation: Invitation): void {
    if (this.answer === 'ask') return void this.call.emit('invited', invitation);
    const answering =
      this.answer === 'auto'
        ? this.call.accept(invitation.id)
        : this.call.decline(invitation.id, 'takes no calls');
    answering.catch((error: unknown) => this.listener.notice('answer-failed', messageOf(error)));
  }

  #lost(reason: string): void {
    const message = `lost the signaling server (${reason}); the call goes on, but nobody new can come`;
    this.listener.notice('server-lost', message);
    this.listener.lost();
  }

  #found(resumed: boolean): void {
    this.listener.notice('server-back', 'the signaling server is back');
    this.listener.found(resumed);
  }
}

/** The close code where a server that was replaced speaks another version: nobody put us out (RFC 6455, section 7.4.1). */
const otherVersion = 1002;
