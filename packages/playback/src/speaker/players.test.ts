import { describe, expect, it } from 'vitest';
import { players, readAplay, readFfplay, readPaplay, readSpeakerChild } from './players.js';

const format = { sampleRate: 44_100, channels: 2 };

describe('positions', () => {
  it('of paplay are what was heard', () => {
    const read = readPaplay(44_100);
    expect(read('Stream started.\x1b[K\n')).toEqual({});
    expect(read('Stream underrun.\x1b[K\n')).toEqual({ underrun: true });
    expect(read('Time: 0.100 sec; Latency: 0 usec.  \rTime: 0.200 sec; Latency: 50000 usec.  \r')).toEqual({
      position: 8820,
    });
  });

  it('of aplay are the periods that it has read', () => {
    const read = readAplay();
    expect(read('  buffer_size  : 1764\n  period_si')).toEqual({});
    expect(read('ze  : 441\n')).toEqual({ position: 0 });
    expect(read('#+     | 12%\r#+    | 10%\r')).toEqual({ position: 882 });
    expect(read('#+     | 99%')).toEqual({ position: 1323 });
  });

  it('of ffplay are what was heard', () => {
    const read = readFfplay(48_000);
    expect(read('    nan    :  0.000 fd=   0 aq=    0KB\r')).toEqual({});
    expect(read('   0.18 M-A:  0.000 fd=   0\r   0.50 M-A: -0.000 fd=   0 aq=')).toEqual({
      position: 24_000,
    });
  });

  it('of the child are told when it knows them', () => {
    const read = readSpeakerChild();
    expect(read('alive\n')).toEqual({ alive: true });
    expect(read('alive\nposition 4410\n')).toEqual({ position: 4410, alive: true });
  });
});

describe('devices', () => {
  const sink = { id: 'my_sink', label: 'Mine', system: 'pulse' } as const;
  const card = { id: 'plughw:CARD=PCH,DEV=0', label: 'PCH', system: 'alsa' } as const;

  it('of PulseAudio are reached by every player', () => {
    expect(players.paplay(format, sink)?.args).toContain('--device=my_sink');
    expect(players.aplay(format, sink)).toMatchObject({ env: { PULSE_SINK: 'my_sink' } });
    expect(players.aplay(format, sink)?.args).toContain('pulse');
    expect(players.ffplay(format, sink)).toMatchObject({ env: { PULSE_SINK: 'my_sink' } });
    expect(players.speaker(format, sink)?.args.slice(1)).toEqual(['44100', '2', 'pulse']);
  });

  it('of ALSA are not for paplay', () => {
    expect(players.paplay(format, card)).toBeUndefined();
    expect(players.aplay(format, card)?.args).toContain(card.id);
    expect(players.ffplay(format, card)).toMatchObject({ env: { AUDIODEV: card.id } });
    expect(players.speaker(format, card)?.args.slice(1)).toEqual(['44100', '2', card.id]);
  });
});
