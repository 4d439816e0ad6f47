import { randomBytes } from 'node:crypto';
import { millis, toMillis } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { spokenVersions } from '../../protocol/limits.js';
import { respond } from '../respond.js';
import { goodbyeRecords, serviceRecords, type AnnouncedServer } from '../service.js';
import type { Family, Link } from '../links.js';
import type { ServerDescription } from '../types.js';
import { LinkSockets, type LinkOptions } from './link-sockets.js';

/** What is announced, and on which links. */
export interface AnnounceOptions extends LinkOptions {
  /** The TCP port of the server. */
  port: number;
  /** The address that the server listens at. Default `::`: all there are, IPv4 as well. */
  host?: string;
  /** Default `participant`. */
  kind?: ServerDescription['kind'];
  /** The pin of the server's certificate, when it speaks wss. Default: it speaks ws. */
  pin?: string;
  /** Whether it lets in only who has an access token. Default false. */
  needsToken?: boolean;
  /** A name to show to others. Nobody's name is announced when it is left out. */
  announceName?: string;
}

/** A server that is being announced. */
export interface Announcement {
  /** What it tells of itself. */
  readonly description: ServerDescription;
  /** Takes the announcement back, on all links. May be called again. */
  close(): Promise<void>;
}

/**
 * Announces a signaling server by DNS-SD over mDNS until `close`, on each link with the addresses of that link
 * alone. Links that come later are announced on, too; what goes wrong on one is told to `onProblem` and harms
 * nothing.
 */
export function announceServer(options: AnnounceOptions): Announcement {
  const { port, host = '::', kind = 'participant', pin, needsToken, announceName: name } = options;
  const server: AnnouncedServer = {
    ...{ id: randomBytes(8).toString('hex'), kind, since: wholeMillisecond(), versions: spokenVersions },
    ...{
      port,
      host,
      ...(pin !== undefined && { pin }),
      ...(needsToken && { needsToken }),
      ...(name !== undefined && { name }),
    },
  };
  const sockets = new LinkSockets(options);
  const timers = new Set<NodeJS.Timeout>();
  const announce = (link: Link, family: Family) => {
    const answers = serviceRecords(server, link);
    if (answers.length > 0) void sockets.send(link, response({ answers }), { family });
  };
  sockets.on('up', (link, family) => {
    announce(link, family);
    // Once more after a second (RFC 6762, section 8.3).
    const timer = setTimeout(() => {
      timers.delete(timer);
      announce(link, family);
    }, 1000);
    timers.add(timer.unref());
  });
  sockets.on('query', (link, query, source) => {
    const answer = respond(query, serviceRecords(server, link), source.port);
    if (!answer) return;
    const { legacy, ...records } = answer;
    void sockets.send(link, response({ ...records, ...legacy }), {
      ...{ family: source.family, ...(legacy && { to: source }) },
    });
  });
  sockets.start();

  let closing: Promise<void> | undefined;
  const close = async () => {
    for (const timer of timers) clearTimeout(timer);
    const farewells = sockets.links.map((link) => {
      return sockets.send(link, response({ answers: goodbyeRecords(serviceRecords(server, link)) }));
    });
    await Promise.all(farewells);
    await sockets.close();
  };
  const { port: _port, host: _host, ...description } = server;
  return { description, close: () => (closing ??= close()) };
}

/** The time now as it can be announced: everybody compares hosts by the same figure, the host itself included. */
const wholeMillisecond = () => millis(Math.floor(toMillis(systemClock.now())));

const response = (content: object) => ({ type: 'response', flags: authoritative, ...content });

/** The AA bit, which every answer has (RFC 6762, section 18.4). */
const authoritative = 1 << 10;
