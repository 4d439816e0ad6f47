import { describe, expect, it } from 'vitest';
import { takeLine } from './take-line.js';

const asked = (text: string): unknown => {
  const told: unknown[] = [];
  const call = {
    invite: (to: readonly string[]) => Promise.resolve(void told.push({ invite: to })).then(() => []),
    move: (room: string) => Promise.resolve(void told.push({ move: room })),
    chat: (line: string) => void told.push({ chat: line }),
  };
  void takeLine(call, text);
  expect(told).toHaveLength(1);
  return told[0];
};

describe('a line that is written in a call', () => {
  it('adds people, by names with spaces too', () => {
    expect(asked('/invite ben')).toEqual({ invite: ['ben'] });
    expect(asked('/invite  Anna Maria ,ben, ')).toEqual({ invite: ['Anna Maria', 'ben'] });
  });

  it('takes the call to a room', () => {
    expect(asked('/move  board room ')).toEqual({ move: 'board room' });
  });

  it.each(['hello', '/etc/hosts is it', '/invite', '/move  ', '/invited ben', 'see /move'])(
    'is chat otherwise: %s',
    (text) => {
      expect(asked(text)).toEqual({ chat: text });
    },
  );
});
