import { isHhbError } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roomName } from '../protocol/fields.js';
import { fromBase64url, toBase64url } from '../protocol/base64url.js';
import {
  formatInvitation,
  invitationServer,
  isInvitation,
  parseInvitation,
  type RoomInvitation,
} from './invitation.js';

const secret = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
const secretText = 'AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg';
const pin = 'A'.repeat(43);
const lobby: RoomInvitation = { host: '192.168.1.20', port: 5000, room: 'lobby', secret };

describe('an invitation', () => {
  it('is a link, and the link is the invitation', () => {
    const link = `hellohaybye://192.168.1.20:5000/lobby#${secretText}`;
    expect(formatInvitation(lobby)).toBe(link);
    expect(parseInvitation(`${link}\n`)).toEqual(lobby);
  });

  it.each([
    [{ ...lobby, pin }, `hellohaybye://192.168.1.20:5000/lobby#${secretText}.${pin}`, `wss://192.168.1.20:5000#${pin}`],
    [{ ...lobby, tls: true }, `hellohaybye://192.168.1.20:5000/lobby#${secretText}.tls`, 'wss://192.168.1.20:5000'],
    [{ ...lobby, host: 'fd00::1' }, `hellohaybye://[fd00::1]:5000/lobby#${secretText}`, 'ws://[fd00::1]:5000'],
    [{ ...lobby, host: 'a-b.example', room: 'Café (2)/#?' }, `hellohaybye://a-b.example:5000/Caf%C3%A9%20%282%29%2F%23%3F#${secretText}`, 'ws://a-b.example:5000'],
  ])('%o is written %s and leads to %s', (invitation, link, server) => {
    expect(formatInvitation(invitation)).toBe(link);
    expect(parseInvitation(link)).toEqual(invitation);
    expect(invitationServer(invitation)).toBe(server);
  }); // prettier-ignore

  it('comes back whole, whatever the room is called and wherever it is', () => {
    const room = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 64 })
      .filter((text) => roomName.safeParse(text).success);
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const invitations = fc.record(
      {
        host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
        port: fc.integer({ min: 1, max: 65535 }),
        room,
        secret: bytes(32),
        pin: bytes(32).map(toBase64url),
      },
      { requiredKeys: ['host', 'port', 'room', 'secret'] },
    );
    fc.assert(
      fc.property(invitations, (invitation) => {
        const link = formatInvitation(invitation);
        expect(link).toMatch(/^[\w:/[\]%.#-]+$/);
        expect(parseInvitation(link)).toEqual({ ...invitation, room: roomName.parse(invitation.room) });
      }),
    );
  });

  it.each([
    ['lobby', /does not begin with hellohaybye:\/\//],
    ['http://192.168.1.20:5000/lobby#S', /does not begin with/],
    ['hellohaybye://192.168.1.20:5000/lobby', /secret, after the #, is missing/],
    ['hellohaybye://192.168.1.20:5000/lobby#', /secret, after the #, is not whole/],
    [`hellohaybye://192.168.1.20:5000/lobby#${secretText.slice(1)}`, /not whole/],
    [`hellohaybye://192.168.1.20:5000/lobby#${secretText.slice(0, 22)}`, /not whole/],
    [`hellohaybye://192.168.1.20:5000/lobby#${secretText}A`, /not whole/],
    [`hellohaybye://192.168.1.20:5000/lobby#${secretText.slice(0, -1)}x`, /not whole/],
    [`hellohaybye://192.168.1.20:5000/lobby#${secretText}.`, /pin .* not whole/],
    [`hellohaybye://192.168.1.20:5000/lobby#${secretText}.${pin}.`, /pin .* not whole/],
    [`hellohaybye://192.168.1.20/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://192.168.1.20:0/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://192.168.1.20:65536/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://192.168.1:5000/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://fd00::1:5000/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://[192.168.1.20]:5000/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://[fe80::1%eth0]:5000/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://anna@host:5000/lobby#${secretText}`, /not host:port/],
    [`hellohaybye://host:5000#${secretText}`, /room is missing/],
    [`hellohaybye://host:5000/#${secretText}`, /room is missing/],
    [`hellohaybye://host:5000/a/b#${secretText}`, /more than a room/],
    [`hellohaybye://host:5000/a?b#${secretText}`, /more than a room/],
    [`hellohaybye://host:5000/%ff#${secretText}`, /percent-encoded/],
    [`hellohaybye://host:5000/%1b#${secretText}`, /room must not/],
    [`hellohaybye://host:5000/${'x'.repeat(65)}#${secretText}`, /room must have at most 64/],
    [`hellohaybye://host:5000/${'x'.repeat(3000)}#${secretText}`, /too long/],
  ])('%s is none', (link, why) => {
    expect(errorOf(() => parseInvitation(link))).toMatch(why);
  });

  it('never tells its secret in an error, wherever the link is broken', () => {
    const whole = formatInvitation({ ...lobby, pin });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: whole.length }),
        fc.string({ maxLength: 3 }),
        fc.nat({ max: 3 }),
        (at, put, cut) => {
          const broken = whole.slice(0, at) + put + whole.slice(at + cut);
          const message = errorOf(() => parseInvitation(broken)) ?? '';
          expect(message).not.toContain('AAgQ');
          expect(message).not.toContain('8Pg');
          expect(message.split('\n')).toHaveLength(1);
        },
      ),
    );
  });

  it.each([
    { host: 'a b' },
    { host: '' },
    { port: 0 },
    { port: 1.5 },
    { room: ' ' },
    { secret: new Uint8Array(16) },
    { pin: 'x' },
  ])('is not made of %o', (wrong) => {
    expect(errorOf(() => formatInvitation({ ...lobby, ...wrong }))).toMatch(/can't be used/);
  });

  it('is told from the name of a room', () => {
    expect(['hellohaybye://x', 'HelloHayBye:', ' hellohaybye:/'].map(isInvitation)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['lobby', '', 'hellohaybye'].map(isInvitation)).toEqual([false, false, false]);
  });
});

describe('base64url', () => {
  it('is what Node writes and reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = toBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(fromBase64url(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AB', 'AA=', 'AA==', 'A+', 'A/AA', 'AAA\u0141', ' AAAA'])('%j is none', (text) =>
    expect(fromBase64url(text)).toBeUndefined(),
  );
});

function errorOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isHhbError(error, 'bad-invitation-link')) return `${error.message} ${error.hint}`;
    throw error;
  }
  return undefined;
}
