import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { sampleMedia } from '../test-support/media.js';
import { limits } from './limits.js';
import type { clientMessageSchemas, serverMessageSchemas } from './messages.js';
import { checkClientMessage, parseClientMessage, parseServerMessage } from './parse.js';
import type { ClientMessage, ServerMessage } from './types.js';

const hello = { type: 'hello', requestId: 1, version: 1, name: 'anna' };
const join = { type: 'join', requestId: 7, room: 'lobby', media: sampleMedia() };
const media = (change: object) => ({ ...join, media: { ...sampleMedia(), ...change } });
const protection = {
  ...{ identity: `${'x'.repeat(42)}A`, session: `${'x'.repeat(21)}A` },
  profiles: ['AEAD_AES_128_GCM', 'OF_THE_FUTURE'],
};
const protectedBy = (change: object) => media({ protection: { ...protection, ...change } });
const candidate = (address: string, family = 4) => media({ candidates: [{ address, family }] });

function refusal(message: unknown) {
  const parsed = parseClientMessage(typeof message === 'string' ? message : JSON.stringify(message));
  return parsed.ok ? undefined : parsed.refusal;
}

describe('parseClientMessage', () => {
  it.each([
    ['hello', hello],
    ['join', join],
    ['join with a state', { ...join, state: { muted: true } }],
    ['join with protected media', media({ protection })],
    ['update of nothing', { type: 'update', requestId: 3 }],
    ['leave', { type: 'leave', requestId: 4 }],
  ])('takes %s as it is', (_, message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual({ ok: true, message });
  });

  it('drops fields that it does not know, at every depth', () => {
    const more = { ...join, extra: 1, media: { ...sampleMedia(), more: { deep: [] } } };
    expect(parseClientMessage(JSON.stringify(more))).toEqual({ ok: true, message: join });
  });

  it.each([
    ['nothing', '', 'not-json'],
    ['half a message', '{"type":"hello"', 'not-json'],
    ['an array', '[]', 'bad-message'],
    ['a number', '17', 'bad-message'],
    ['null', 'null', 'bad-message'],
    ['no type', '{}', 'unknown-type'],
    ['a type that is an object', '{"type":{}}', 'unknown-type'],
    ['a type of the prototype', '{"type":"constructor"}', 'unknown-type'],
    ['a type called __proto__', '{"type":"__proto__"}', 'unknown-type'],
    ['an unknown type', { type: 'dance', requestId: 1 }, 'unknown-type'],
    [
      'a server message',
      { type: 'welcome', requestId: 1, version: 1, id: 'x', keepaliveMs: 1 },
      'unknown-type',
    ],
    ['no request id', { ...hello, requestId: undefined }, 'bad-message'],
    ['a negative request id', { ...hello, requestId: -1 }, 'bad-message'],
    ['a request id with a fraction', { ...hello, requestId: 0.5 }, 'bad-message'],
    ['a version of the future', { ...hello, version: 2 }, 'unsupported-version'],
    [
      'a version of the future with another shape',
      { ...hello, version: 9, name: { first: '' } },
      'unsupported-version',
    ],
    ['a version that is text', { ...hello, version: '1' }, 'bad-message'],
    ['an empty name', { ...hello, name: '' }, 'bad-name'],
    ['a name of spaces', { ...hello, name: ' \u3000 ' }, 'bad-name'],
    ['an invisible name', { ...hello, name: '\u200d\u200b' }, 'bad-name'],
    ['a name of 65 characters', { ...hello, name: 'x'.repeat(65) }, 'bad-name'],
    ['a name with a terminal escape', { ...hello, name: '\u001b[31manna' }, 'bad-name'],
    ['a name with a line break', { ...hello, name: 'an\nna' }, 'bad-name'],
    ['a name with C1 controls', { ...hello, name: 'an\u009bna' }, 'bad-name'],
    ['a name that turns the text around', { ...hello, name: 'anna\u202egpj' }, 'bad-name'],
    ['half a surrogate pair', { ...hello, name: 'a\ud83d' }, 'bad-name'],
    ['a name that is a number', { ...hello, name: 5 }, 'bad-name'],
    ['a room of 10 kB', { ...join, room: 'x'.repeat(10_000) }, 'bad-room'],
    ['no media', { ...join, media: undefined }, 'bad-media'],
    ['an identity that is too short', protectedBy({ identity: 'x'.repeat(42) }), 'bad-media'],
    ['an identity in another writing', protectedBy({ identity: 'x'.repeat(43) }), 'bad-media'],
    ['a session in another writing', protectedBy({ session: 'x'.repeat(22) }), 'bad-media'],
    ['no profiles', protectedBy({ profiles: [] }), 'bad-media'],
    ['a profile in lower case', protectedBy({ profiles: ['aead'] }), 'bad-media'],
    ['protection without a session', protectedBy({ session: undefined }), 'bad-media'],
    ['media that is null', { ...join, media: null }, 'bad-media'],
    ['a host name for an address', candidate('example.org'), 'bad-media'],
    ['an address with a zone', candidate('fe80::1%eth0', 6), 'bad-media'],
    ['an address of the other family', candidate('192.0.2.1', 6), 'bad-media'],
    ['a multicast address', candidate('239.1.2.3'), 'bad-media'],
    ['an IPv6 multicast address', candidate('ff02::1', 6), 'bad-media'],
    ['the broadcast address', candidate('255.255.255.255'), 'bad-media'],
    ['the unspecified address', candidate('0.0.0.0'), 'bad-media'],
    [
      'a prefix of 33 bits',
      media({ candidates: [{ address: '192.0.2.1', family: 4, prefix: 33 }] }),
      'bad-media',
    ],
    ['33 candidates', media({ candidates: Array(33).fill(sampleMedia().candidates[0]) }), 'bad-media'],
    ['port 0', media({ ports: { video: 0, audio: 5002 } }), 'bad-media'],
    ['port 65536', media({ ports: { video: 65_536, audio: 5002 } }), 'bad-media'],
    ['nine channels', media({ streams: [], ports: channels(9) }), 'bad-media'],
    ['a channel without a port', media({ ports: { video: 5001 } }), 'bad-media'],
    [
      'a channel of the prototype',
      media({ streams: [{ ...sampleMedia().streams[0], channel: 'constructor' }] }),
      'bad-media',
    ],
    [
      'two streams of one id',
      media({ streams: [{ ...sampleMedia().streams[0], ssrc: 9 }, sampleMedia().streams[0]] }),
      'bad-media',
    ],
    [
      'two streams of one ssrc',
      media({ streams: sampleMedia().streams.map((stream) => ({ ...stream, ssrc: 3 })) }),
      'bad-media',
    ],
    ['payload type 128', media({ streams: [withFormat({ payloadType: 128 })] }), 'bad-media'],
    ['an unknown format', media({ streams: [withFormat({ format: 'h264' })] }), 'bad-media'],
    ['a state that is text', { ...join, state: { muted: 'yes' } }, 'bad-message'],
    [
      'too large a message',
      JSON.stringify({ ...hello, extra: 'x'.repeat(limits.messageLength) }),
      'message-too-large',
    ],
    ['deep nesting', '['.repeat(30_000), 'not-json'],
    [
      'deep nesting that is closed',
      `{"type":"hello","name":${'['.repeat(15_000)}${']'.repeat(15_000)}}`,
      'bad-message',
    ],
  ])('refuses %s', (_, message, code) => {
    expect(refusal(message)).toMatchObject({ code });
  });

  it('names the request, the field and the versions', () => {
    expect(refusal({ ...hello, version: 2 })).toMatchObject({ requestId: 1, versions: [1] });
    expect(refusal(media({ ports: { video: 0, audio: 1 } }))).toMatchObject({
      requestId: 7,
      message: expect.stringContaining('media.ports.video') as string,
    });
    expect(refusal({ type: 'dance', requestId: 12 })).toMatchObject({ requestId: 12 });
    expect(refusal({ type: 'dance', requestId: {} })).not.toHaveProperty('requestId');
  });

  it('lets no prototype be reached', () => {
    const text = JSON.stringify(join).replace('"video":5001', '"__proto__":{"polluted":1},"video":5001');
    const parsed = parseClientMessage(text);
    if (parsed.ok && parsed.message.type === 'join') {
      expect(Object.getPrototypeOf(parsed.message.media.ports)).toBe(Object.prototype);
      expect(Object.keys(parsed.message.media.ports)).toEqual(['video', 'audio']);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['any script', 'Жанна Ω 花子'],
    ['emoji of several code points', '👩‍👩‍👧‍👦'],
    ['64 characters outside the basic plane', '𝒜'.repeat(64)],
  ])('takes a name in %s', (_, name) => {
    expect(parseClientMessage(JSON.stringify({ ...hello, name }))).toMatchObject({
      ok: true,
      message: { name },
    });
  });

  it('brings names into one form', () => {
    const parsed = parseClientMessage(JSON.stringify({ ...hello, name: '  Zoe\u0308 ' }));
    expect(parsed).toMatchObject({ message: { name: 'Zo\u00eb' } });
  });

  it('never throws, whatever comes, and its refusals are one clean line', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ ...join, media: value })),
      fc
        .record(
          {
            type: fc.constantFrom('hello', 'join', 'update', 'leave'),
            requestId: fc.anything(),
            media: fc.anything(),
            room: fc.anything(),
            name: fc.anything(),
          },
          { requiredKeys: ['type'] },
        )
        .map(safeJson),
      mutated(JSON.stringify(join)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        for (const parsed of [parseClientMessage(text), parseServerMessage(text)]) {
          if (parsed.ok) continue;
          expect(parsed.refusal.message).toMatch(/^[^\p{Cc}]{1,200}$/u);
          expect(parsed.refusal.code).toMatch(/^[a-z-]+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('checks outgoing messages by the same rules', () => {
    expect(checkClientMessage({ ...hello, name: ' anna ' } as ClientMessage)).toMatchObject({
      ok: true,
      message: { name: 'anna' },
    });
    expect(checkClientMessage({ ...hello, name: '\u0007' } as ClientMessage)).toMatchObject({
      refusal: { code: 'bad-name' },
    });
  });
});

describe('the schemas', () => {
  it('say what the types say', () => {
    type Inferred<Schemas extends Record<string, z.ZodType>> = {
      [Type in keyof Schemas]: z.infer<Schemas[Type]>;
    }[keyof Schemas];
    // Loosen<T> allows undefined wherever a field may be absent, as zod's types do.
    const client: Same<Loosen<ClientMessage>, Loosen<Inferred<typeof clientMessageSchemas>>> = true;
    const server: Same<Loosen<ServerMessage>, Loosen<Inferred<typeof serverMessageSchemas>>> = true;
    expect([client, server]).toEqual([true, true]);
  });
});

type Loosen<T> = T extends object
  ? { [Key in keyof T]: Loosen<T[Key]> | (undefined extends T[Key] ? undefined : never) }
  : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

function channels(count: number) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`channel-${index}`, 5000 + index]));
}

function withFormat(change: object) {
  const stream = sampleMedia().streams[0]!;
  return { ...stream, formats: [{ ...stream.formats[0], ...change }] };
}

function mutated(text: string) {
  const change = fc.record({ at: fc.nat(text.length - 1), with: fc.string({ maxLength: 3 }) });
  return fc
    .array(change, { maxLength: 4 })
    .map((changes) =>
      changes.reduce(
        (result, { at, with: piece }) => result.slice(0, at) + piece + result.slice(at + 1),
        text,
      ),
    );
}

function safeJson(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? ''
    );
  } catch {
    return '';
  }
}
