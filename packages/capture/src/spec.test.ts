import fc from 'fast-check';
import { isHhbError } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { parseAudioSpec, parseVideoSpec } from './spec.js';

describe('parseVideoSpec', () => {
  it.each([
    ['camera', { kind: 'camera' }],
    ['camera:/dev/video2', { kind: 'camera', id: '/dev/video2' }],
    ['camera:USB: the second', { kind: 'camera', id: 'USB: the second' }],
    ['screen', { kind: 'screen' }],
    ['screen::1.0+10,20', { kind: 'screen', id: ':1.0+10,20' }],
    ['test', { kind: 'test' }],
    ['none', { kind: 'none' }],
    ['file:street.mp4', { kind: 'file', path: 'street.mp4' }],
    ['file:C:\\x.mp4', { kind: 'file', path: 'C:\\x.mp4' }],
    ['file:///tmp/a%20b.mp4', { kind: 'file', path: '/tmp/a b.mp4' }],
    ['file:///C:/x.mp4', { kind: 'file', path: 'C:/x.mp4' }],
    ['C:\\x.mp4', { kind: 'file', path: 'C:\\x.mp4' }],
    ['c:/x.mp4', { kind: 'file', path: 'c:/x.mp4' }],
    ['./a b', { kind: 'file', path: './a b' }],
    ['/tmp/a:b', { kind: 'file', path: '/tmp/a:b' }],
    ['street.mp4', { kind: 'file', path: 'street.mp4' }],
    ['rtsp://camera:554/live', { kind: 'url', url: 'rtsp://camera:554/live' }],
    ['HTTP://host/a.mp4', { kind: 'url', url: 'HTTP://host/a.mp4' }],
  ])('reads %s', (spec, expected) => {
    expect(parseVideoSpec(spec)).toEqual(expected);
  });

  it.each(['', 'webcam', 'camera:', 'file:', 'mic', 'tone', 'cameras', 'x'.repeat(10_000)])(
    'refuses %s',
    (spec) => {
      let error: unknown;
      try {
        parseVideoSpec(spec);
      } catch (thrown) {
        error = thrown;
      }
      expect(isHhbError(error, 'bad-source')).toBe(true);
      expect((error as Error).message.length).toBeLessThan(120);
    },
  );
});

describe('parseAudioSpec', () => {
  it.each([
    ['mic', { kind: 'mic' }],
    ['mic:pulse:alsa_input.usb', { kind: 'mic', id: 'pulse:alsa_input.usb' }],
    ['mic:plughw:1,0', { kind: 'mic', id: 'plughw:1,0' }],
    ['tone', { kind: 'tone' }],
    ['none', { kind: 'none' }],
    ['file:voice.wav', { kind: 'file', path: 'voice.wav' }],
    ['D:\\voice.wav', { kind: 'file', path: 'D:\\voice.wav' }],
    ['https://host/radio', { kind: 'url', url: 'https://host/radio' }],
  ])('reads %s', (spec, expected) => {
    expect(parseAudioSpec(spec)).toEqual(expected);
  });

  it('gives a source or bad-source for anything', () => {
    fc.assert(
      fc.property(fc.string(), (spec) => {
        for (const parse of [parseAudioSpec, parseVideoSpec]) {
          try {
            parse(spec);
          } catch (error) {
            expect(isHhbError(error, 'bad-source')).toBe(true);
          }
        }
      }),
    );
  });
});
