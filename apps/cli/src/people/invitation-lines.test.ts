import { parseInvitation } from '@hellohaybye/signaling';
import { describe, expect, it } from 'vitest';
import { invitationLines } from './invitation-lines.js';

const secret = Uint8Array.from({ length: 32 }, (_, index) => index);
const given = { room: 'tea', secret, address: '192.168.1.20', colour: false };
const pin = 'A'.repeat(43);
const invitationOf = (server: string, more: object = {}) =>
  parseInvitation(invitationLines({ ...given, server, ...more })[1]!);

describe('what is told of who can join', () => {
  it('is in an open room that it is one', () =>
    expect(invitationLines({ ...given, server: 'ws://127.0.0.1:5000', secret: undefined })).toEqual([
      'open room: anyone on this network can join',
    ]));

  it('is in a private one the invitation, then its QR code', () => {
    const [told, link, ...code] = invitationLines({ ...given, server: 'ws://10.0.0.7:5000' });
    expect(told).toMatch(/^private room: only who has this invitation can join.*"hellohaybye join -"/);
    expect(parseInvitation(link!)).toEqual({ host: '10.0.0.7', port: 5000, room: 'tea', secret });
    expect(code.length).toBeGreaterThan(15);
  });

  it('names the address that others reach this machine at, for a server that is on it', () => {
    for (const server of ['ws://127.0.0.1:5000', 'ws://localhost:5000', 'ws://[::1]:5000'])
      expect(invitationOf(server)).toMatchObject({ host: '192.168.1.20', port: 5000 });
  });

  it('says so when there is none', () => {
    const lines = invitationLines({ ...given, server: 'ws://127.0.0.1:5000', address: undefined });
    expect(parseInvitation(lines[1]!).host).toBe('127.0.0.1');
    expect(lines[2]).toMatch(/^note: .* works only on it$/);
    // The number of an interface means another one to others.
    const linkLocal = { ...given, server: 'ws://fe80--1s4.ipv6-literal.net:5000' };
    expect(invitationLines(linkLocal)[2]).toMatch(/^note: .* works only on it$/);
  });

  it('tells how the server is trusted', () => {
    expect(invitationOf(`wss://10.0.0.7:5000#${pin}`)).toMatchObject({ host: '10.0.0.7', pin });
    expect(invitationOf('wss://calls.example')).toMatchObject({
      host: 'calls.example',
      port: 443,
      tls: true,
    });
    expect(invitationOf('ws://[fd00::1]:80')).toMatchObject({ host: 'fd00::1', port: 80 });
  });
});
