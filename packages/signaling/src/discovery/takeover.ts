import { micros, seconds, type Micros } from '@hellohaybye/core';
import { successor } from './choose-host.js';

/** A server that was lost, as far as it decides who hosts from then on. */
export interface HostLoss {
  /** The instances of those who were in the room, oneself included, in any order. */
  roster: readonly string[];
  /** Who hosted the server; undefined when it ran for its own sake. */
  hostedBy: string | undefined;
  /** When its connection was lost. */
  at: Micros;
}

/** How long everybody waits for others. Both are spans. */
export interface TakeoverPolicy {
  /** For whose turn it is, before it is the next one's turn. Default 3 s. */
  turn: Micros;
  /** For a server that ran for its own sake, which somebody may start again. Default 10 s. */
  patience: Micros;
}

export const defaultTakeoverPolicy: TakeoverPolicy = { turn: seconds(3), patience: seconds(10) };

/**
 * Who hosts when a server is lost. All who were in the room take turns in the order of their instances, which
 * everybody knows alike: the order in which they came differs from server to server. Who hosted before comes
 * last, for it is gone, or has given its server up for another. Pure: it tells what is so at an instant.
 */
export class Takeover {
  readonly #order: readonly string[];
  readonly #begins: Micros;
  readonly #turn: Micros;

  constructor({ roster, hostedBy, at }: HostLoss, policy = defaultTakeoverPolicy) {
    this.#order = orderOf(roster, hostedBy);
    this.#begins = micros(hostedBy === undefined ? at + policy.patience : at);
    this.#turn = policy.turn;
  }

  /** Those whose turn has come by now, the first first. One of them hosts, unless all of them are gone. */
  hosts(now: Micros): readonly string[] {
    if (now < this.#begins) return [];
    return this.#order.slice(0, Math.floor((now - this.#begins) / this.#turn) + 1);
  }

  /** When somebody's turn comes; undefined when they are not one of these people. */
  turnOf(instance: string): Micros | undefined {
    const place = this.#order.indexOf(instance);
    return place < 0 ? undefined : micros(this.#begins + place * this.#turn);
  }
}

function orderOf(roster: readonly string[], hostedBy: string | undefined): string[] {
  const members = [...new Set(roster)].sort().map((id) => ({ id }));
  const gone = hostedBy === undefined ? [] : [hostedBy];
  const order: string[] = [];
  for (let next = successor(members, gone); next; next = successor(members, [...gone, ...order])) {
    order.push(next.id);
  }
  return [...order, ...members.map(({ id }) => id).filter((id) => id === hostedBy)];
}
