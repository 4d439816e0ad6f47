import { describe, expect, it } from 'vitest';
import { isRemoteFile, liveUrlInput } from './arguments.js';
import { explain, type Intent } from './explain.js';
import { parseInputDevices } from './find.js';
import { parseAvfoundation, parseDshow, parseScreenSize, parseV4l2Formats } from './list-devices.js';

describe('explain', () => {
  const say = (kind: Intent['kind'], ...lines: string[]) =>
    explain({ kind, label: 'It', medium: 'video' }, { error: 'ffmpeg exited with code 1', lines });

  it.each([
    ['file', 'file:x.mp4: Invalid data found when processing input', 'not-media'],
    ['url', 'http://h/: Invalid data found when processing input', 'not-media'],
    ['file', "Stream map '0:v:0' matches no streams.", 'not-media'],
    ['file', 'Output #0, rawvideo, to pipe:1: Output file does not contain any stream', 'not-media'],
    ['file', 'file:x.mp4: No such file or directory', 'file-not-found'],
    ['url', 'foo://bar: Protocol not found', 'bad-source'],
    ['url', 'http://h/: Connection refused', 'source-failed'],
    ['url', 'http://h/: Server returned 404 Not Found', 'source-failed'],
    [
      'camera',
      '[video4linux2] Cannot open video device /dev/video9: No such file or directory',
      'camera-not-found',
    ],
    [
      'camera',
      '[dshow @ 0] Could not find video device with name [x] among source devices',
      'camera-not-found',
    ],
    ['camera', '/dev/video0: Device or resource busy', 'source-failed'],
    ['camera', '/dev/video0: Permission denied', 'source-failed'],
    ['screen', '[x11grab @ 0x1] Cannot open display :77, error 1.', 'screen-not-found'],
    ['microphone', 'default: No such process', 'microphone-not-found'],
    [
      'microphone',
      '[alsa @ 0x1] cannot open audio device hw:9 (No such file or directory)',
      'microphone-not-found',
    ],
    ['file', '', 'source-failed'],
  ] as const)('%s: %s is %s', (kind, line, code) => {
    const error = say(kind, 'Input #0', line);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('\n');
    expect(error.message.startsWith('It')).toBe(true);
  });

  it("tells the telling line, and keeps all of ffmpeg's in the cause", () => {
    const error = say(
      'url',
      '[tcp @ 0x5571] Connection to tcp://h:1 failed: Connection refused',
      'It: refused',
      'bye',
    );
    expect(error.message).toBe('It: refused');
    expect((error.cause as Error).message).toContain('0x5571');
  });
});

describe('URLs', () => {
  it('tells files from what is live', () => {
    expect(isRemoteFile('https://h/a/b.MP4?x=1')).toBe(true);
    expect(isRemoteFile('http://h/video.mjpg')).toBe(false);
    expect(isRemoteFile('rtsp://h/a.mp4')).toBe(false);
    expect(liveUrlInput('rtsp://h/a').options).toContain('-rtsp_transport');
    expect(liveUrlInput('https://h/live.m3u8').options).toContain('-re');
  });
});

describe('parseInputDevices', () => {
  it('reads the listing of old and new versions', () => {
    const old =
      ' D. = Demuxing supported\n .E = Muxing supported\n --\n DE alsa            ALSA\n  E caca   x\n';
    expect(parseInputDevices(`${old} DE video4linux2,v4l2 Video4Linux2\n D  x11grab  X11\n`)).toEqual(
      new Set(['alsa', 'video4linux2', 'v4l2', 'x11grab']),
    );
    const recent =
      ' D.. = Demuxing supported\n ..d = Is a device\n ---\n DEd pulse  Pulse\n D d lavfi x\n  Ed sdl x\n';
    expect(parseInputDevices(recent)).toEqual(new Set(['pulse', 'lavfi']));
  });
});

// Outputs as they are found in ffmpeg's documentation and in reports of its users: no such machine was at hand.
describe('parseAvfoundation', () => {
  it('tells cameras, screens and microphones apart', () => {
    const text = `
[AVFoundation indev @ 0x7fc1] AVFoundation video devices:
[AVFoundation indev @ 0x7fc1] [0] FaceTime HD Camera
[AVFoundation indev @ 0x7fc1] [1] Capture screen 0
[AVFoundation indev @ 0x7fc1] AVFoundation audio devices:
[AVFoundation indev @ 0x7fc1] [0] MacBook Pro Microphone
: Input/output error`;
    expect(parseAvfoundation(text)).toEqual({
      cameras: [{ id: '0', label: 'FaceTime HD Camera' }],
      screens: [{ id: '0', label: 'Capture screen 0' }],
      microphones: [{ id: '0', label: 'MacBook Pro Microphone' }],
    });
  });
});

describe('parseDshow', () => {
  const expected = {
    cameras: [{ id: 'Integrated Camera', label: 'Integrated Camera' }],
    screens: [{ id: 'desktop', label: 'Desktop' }],
    microphones: [{ id: 'Microphone (Realtek(R) Audio)', label: 'Microphone (Realtek(R) Audio)' }],
  };

  it('reads the listing since 4.4', () => {
    const text = `
[dshow @ 000001] "Integrated Camera" (video)
[dshow @ 000001]   Alternative name "@device_pnp_x"
[dshow @ 000001] "Microphone (Realtek(R) Audio)" (audio)
[dshow @ 000001]   Alternative name "@device_cm_x"
dummy: Immediate exit requested`;
    expect(parseDshow(text)).toEqual(expected);
  });

  it('reads the older one, with headings', () => {
    const text = [
      '[dshow @ 01] DirectShow video devices (some may be both video and audio devices)',
      '[dshow @ 01]  "Integrated Camera"',
      '[dshow @ 01]     Alternative name "@device_pnp_x"',
      '[dshow @ 01] DirectShow audio devices',
      '[dshow @ 01]  "Microphone (Realtek(R) Audio)"',
    ].join('\r\n');
    expect(parseDshow(text)).toEqual(expected);
  });
});

describe('parseV4l2Formats', () => {
  it('knows what the camera gives in which size', () => {
    const formats = parseV4l2Formats(`
[video4linux2,v4l2 @ 0x55] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 160x120
[video4linux2,v4l2 @ 0x55] Compressed:       mjpeg :          Motion-JPEG : 640x480 1280x720
[video4linux2,v4l2 @ 0x55] Compressed:        h264 :                H.264 : 1920x1080
/dev/video0: Immediate exit requested`);
    expect([formats.mjpeg(1280, 720), formats.mjpeg(1920, 1080), formats.mjpeg(160, 120)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([formats.raw(160, 120), formats.raw(1280, 720)]).toEqual([true, false]);
  });
});

describe('parseScreenSize', () => {
  it('finds the size in what ffmpeg says', () => {
    const text = '[x11grab @ 0x1] Capture area 32767x32767 at position 0.0 outside the screen size 1280x720';
    expect(parseScreenSize(text)).toBe('1280x720');
    expect(parseScreenSize('Cannot open display')).toBeUndefined();
  });
});
