import { micros, type Micros } from '@hellohaybye/core';
import { Directory } from '../room/directory.js';
import type { RoomLimits } from '../room/rooms.js';
import type { SavedDirectory } from '../room/saved.js';
import type { StoreCommand, StoreEvent } from '../room/store.js';
import { logVersion, type LogEntry, type LogItem } from './log-entry.js';

/** What became of an entry. */
export interface Applied {
  /**
   * `repeated`: it was in the log before. `early`: one before it is missing, and its process has to append both
   * again. `stranger`: its process is not, or no longer, one of those that take part.
   */
  status: 'applied' | 'repeated' | 'early' | 'stranger';
  events: StoreEvent[];
  /** Commands that came too late, and were not carried out. */
  late: StoreCommand[];
  /** When the command was given that an event comes of, of this process' own. */
  since: Map<StoreEvent, Micros>;
}

/** A replica as plain data that survives JSON. */
export interface SavedReplica {
  directory: SavedDirectory;
  processes: { name: string; speaks: number; last: number; links: string[] }[];
}

interface Member {
  speaks: number;
  /** The number of its last entry. */
  last: number;
  /** The connections that it has. */
  links: Set<string>;
}

/**
 * What follows from the log: who is there, and which processes take part. It is a function of the entries and
 * their times alone, so that all processes that have read the same know the same.
 */
export class Replica {
  #directory: Directory;
  readonly #members = new Map<string, Member>();

  /** @param limits the same for all that read one log, as they decide what its commands do; absent: none */
  constructor(limits?: RoomLimits) {
    this.#directory = new Directory(limits);
  }

  static load({ directory, processes }: SavedReplica, limits?: RoomLimits): Replica {
    const replica = new Replica();
    replica.#directory = Directory.load(directory, limits);
    for (const { name, speaks, last, links } of processes) {
      replica.#members.set(name, { speaks, last, links: new Set(links) });
    }
    return replica;
  }

  save(): SavedReplica {
    const processes = Array.from(this.#members, ([name, { speaks, last, links }]) => ({
      ...{ name, speaks, last },
      links: [...links],
    }));
    return { directory: this.#directory.save(), processes };
  }

  get directory(): Pick<Directory, 'participants' | 'isSuspended' | 'rooms' | 'statistics' | 'nextDeadline'> {
    return this.#directory;
  }

  /** The processes that take part, in the order in which they came. */
  processes(): string[] {
    return [...this.#members.keys()];
  }

  /** The number of the last entry of a process; undefined when it does not take part. */
  last(process: string): number | undefined {
    return this.#members.get(process)?.last;
  }

  /** The newest version that every process understands, which is the one to be written. */
  commonVersion(): number {
    return Math.min(logVersion, ...Array.from(this.#members.values(), ({ speaks }) => speaks));
  }

  /**
   * Carries out an entry.
   * @param at when it came into the log, by the log's own clock
   * @param isOwn whether it is this process': it is then told since when its events are on their way
   */
  apply(entry: LogEntry, at: Micros, isOwn = false): Applied {
    const applied: Applied = { status: 'applied', events: [], late: [], since: new Map() };
    const status = this.#admit(entry);
    if (status !== 'applied') return { ...applied, status };
    for (const item of entry.items) this.#carryOut(item, entry.process, at, applied, isOwn);
    return applied;
  }

  #admit({ process, number, items }: LogEntry): Applied['status'] {
    const [first] = items;
    const member = this.#members.get(process);
    if (!member) {
      if (first?.type !== 'enter' || number !== 0) return 'stranger';
      this.#members.set(process, { speaks: first.speaks, last: 0, links: new Set() });
      return 'applied';
    }
    if (number <= member.last) return 'repeated';
    if (number > member.last + 1) return 'early';
    member.last = number;
    return 'applied';
  }

  #carryOut(item: LogItem, process: string, at: Micros, applied: Applied, isOwn: boolean): void {
    if (item.type === 'command') {
      if (item.by !== undefined && at > item.by) applied.late.push(item.command);
      else this.#command(process, { ...item.command, at }, applied, isOwn ? item.command.at : undefined);
    } else if (item.type === 'leave') this.#remove(process, at, applied);
    else if (item.type === 'gone' && this.last(item.process) === item.last) {
      this.#remove(item.process, at, applied);
    }
  }

  #command(process: string, command: StoreCommand, applied: Applied, since?: Micros): void {
    const links = this.#members.get(process)?.links;
    if (command.type === 'hello') links?.add(command.link);
    else if (command.type === 'detach') links?.delete(command.link);
    for (const event of this.#directory.apply(command)) {
      applied.events.push(event);
      if (since !== undefined) applied.since.set(event, since);
      if (event.type !== 'taken-over' && event.type !== 'not-welcomed') continue;
      for (const member of this.#members.values()) member.links.delete(event.link);
    }
  }

  /** A process is out: its connections are gone, and its sessions wait for their clients. */
  #remove(process: string, at: Micros, { events }: Applied): void {
    const member = this.#members.get(process);
    this.#members.delete(process);
    for (const link of member?.links ?? []) {
      events.push(...this.#directory.apply({ type: 'detach', at: micros(at), link, reason: 'disconnected' }));
    }
  }
}
