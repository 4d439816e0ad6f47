import { MAX_CONTROL_BYTES } from '@hellohaybye/transport';
import { describe, expect, it } from 'vitest';
import { LONGEST_CHAT, parseControl, serializeControl, type ControlMessage } from './control-message.js';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const addresses = (...all: string[]) =>
  bytes({ v: 1, type: 'addresses', candidates: all.map((address) => ({ address, family: 4 })) });
const state = { muted: true, cameraOff: false, onHold: false, away: true };

describe('control messages', () => {
  const messages: ControlMessage[] = [
    { type: 'state', ...state },
    { type: 'leaving' },
    { type: 'key', data: 'c2VhbGVk' },
    { type: 'host', port: 5000 },
    { type: 'host', port: 65_535, pin: 'a'.repeat(43) },
    {
      type: 'addresses',
      candidates: [
        { address: '192.0.2.7', family: 4, prefix: 24 },
        { address: '2001:db8::7', family: 6 },
      ],
    },
    { type: 'chat', id: 'a-1', text: 'qué 李 👋\nline' },
  ];
  it.each(messages)('are the same on the other side: $type', (message) => {
    expect(parseControl(serializeControl(message))).toEqual(message);
  });

  it('fit into one message of the transport, whatever is written', () => {
    const text = '\u0001'.repeat(LONGEST_CHAT - 1) + 'a';
    const data = serializeControl({ type: 'chat', id: 'x'.repeat(64), text });
    expect(data.length).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
    expect(parseControl(data)).toMatchObject({ text });
  });

  it('may say more than is known here', () => {
    expect(parseControl(bytes({ v: 1, type: 'state', ...state, mood: 'good' }))).toEqual({
      ...{ type: 'state', ...state },
    });
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['no JSON', new TextEncoder().encode('{')],
    ['too much', new Uint8Array(MAX_CONTROL_BYTES + 1).fill(0x20)],
    ['null', bytes(null)],
    ['a list', bytes([1])],
    ['another version', bytes({ v: 2, type: 'leaving' })],
    ['another kind', bytes({ v: 1, type: 'whiteboard' })],
    ['a kind of all objects', bytes({ v: 1, type: 'constructor' })],
    ['half a state', bytes({ v: 1, type: 'state', muted: true })],
    ['a state of words', bytes({ v: 1, type: 'state', ...state, away: 'yes' })],
    ['an empty line', bytes({ v: 1, type: 'chat', id: 'a', text: ' \n' })],
    ['a line that is too long', bytes({ v: 1, type: 'chat', id: 'a', text: 'a'.repeat(LONGEST_CHAT + 1) })],
    ['a key that is none', bytes({ v: 1, type: 'key', data: 'a b' })],
    ['a key that is too long', bytes({ v: 1, type: 'key', data: 'a'.repeat(4097) })],
    ['a host without a port', bytes({ v: 1, type: 'host', pin: 'a'.repeat(43) })],
    ['a host at port 0', bytes({ v: 1, type: 'host', port: 0 })],
    ['a host at a port that is too high', bytes({ v: 1, type: 'host', port: 65_536 })],
    ['a host at half a port', bytes({ v: 1, type: 'host', port: 5000.5 })],
    ['a host with a strange pin', bytes({ v: 1, type: 'host', port: 5000, pin: `${'a'.repeat(42)}@` })],
    ['no addresses', bytes({ v: 1, type: 'addresses', candidates: [] })],
    ['an address that is a name', addresses('anna.local')],
    ['an address of nobody', addresses('0.0.0.0')],
    ['an address of many', addresses('224.0.0.251')],
    ['addresses that are no list', bytes({ v: 1, type: 'addresses', candidates: { length: 1 } })],
    ['more addresses than the server takes', addresses(...Array<string>(33).fill('192.0.2.7'))],
    ['a line without an id', bytes({ v: 1, type: 'chat', text: 'a' })],
    ['a line with a strange id', bytes({ v: 1, type: 'chat', id: 'a b', text: 'a' })],
  ])('are ignored when they are %s', (_, data) => expect(parseControl(data)).toBeUndefined());
});
