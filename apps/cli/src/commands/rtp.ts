import { readFileSync } from 'node:fs';
import { startRtpReceive, startRtpSend } from '@hellohaybye/call';
import { HhbError, messageOf } from '@hellohaybye/core';
import type { Command } from 'commander';
import { showPage } from '../browser/show-page.js';
import { statusLine } from '../call-session.js';
import { exitCodes } from '../exit-codes.js';
import { waitFor, watchInterruption } from '../interruption.js';
import { noticePrinter } from '../notices.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { rtpTarget, saveSdp, usualPorts } from '../rtp-target.js';
import { callOptions } from '../settings/call-options.js';
import type { SettingName } from '../settings/schema.js';
import { openTerminal, printResult } from '../terminal.js';

export function addRtp(program: Command): void {
  const rtp = program
    .command('rtp')
    .description('plain, unencrypted RTP with other programs, such as ffmpeg, GStreamer or VLC');
  const send = rtp
    .command('send')
    .description('send video and audio to another program')
    .requiredOption(
      '--to <host[:port]>',
      `where to; video goes to the port (default ${usualPorts.video}), audio to the one after the next`,
    )
    .requiredOption('--sdp <file>', 'write the SDP that the other program reads')
    .action(async (options: SendFlags) => rtpSend(options, invocationOf(send)));
  const sendSettings: SettingName[] = [
    'video',
    'audio',
    'size',
    'fps',
    'quality',
    'sampleRate',
    'channels',
    'chunkSamples',
  ];
  withSettings(withCommonOptions(send), [
    ...sendSettings,
    'videoPort',
    'audioPort',
    'maxPacketSize',
    'ffmpeg',
  ]);
  const receive = rtp
    .command('receive')
    .description('show, play and record what another program sends')
    .requiredOption('--sdp <file>', 'the SDP that the other program wrote')
    .option('--save <file>', 'record into a file, for example out.mkv')
    .action(async (options: { sdp: string; save?: string }) => rtpReceive(options, invocationOf(receive)));
  withSettings(withCommonOptions(receive), ['view', 'speaker', 'open', 'mediaHost', 'ffmpeg']);
}

interface SendFlags {
  to: string;
  sdp: string;
  /** Only when typed: the ports of calls that a variable or a file sets are not meant for other programs. */
  videoPort?: string;
  audioPort?: string;
}

async function rtpSend(options: SendFlags, invocation: Invocation): Promise<void> {
  const { settings, duration, json } = invocation;
  const { values } = settings;
  const interruption = watchInterruption();
  const terminal = openTerminal();
  const { address: host, port } = await rtpTarget('--to', options.to);
  const videoPort = options.videoPort === undefined ? port : values.videoPort;
  const sender = await startRtpSend({
    ...callOptions(settings),
    to: host,
    videoPort,
    audioPort: options.audioPort === undefined ? videoPort + 2 : values.audioPort,
    onNotice: noticePrinter(terminal, invocation.verbose),
  });
  const ending = new AbortController();
  try {
    saveSdp(options.sdp, sender.sdp);
    terminal.say(`Sending to ${host}, described in ${options.sdp}`);
    const showing = repeat(ending.signal, async () => {
      const streams = await sender.status();
      terminal.status(
        streams.map(({ stream, frames, packets }) => `${stream}: ${frames} frames in ${packets} packets`),
      );
    });
    await waitFor(duration && duration * 1000, interruption.signal, Promise.all([sender.ended, showing]));
  } catch (error) {
    await sender.close();
    throw error;
  } finally {
    ending.abort();
  }
  const sent = await sender.close();
  if (json) printResult({ ok: true, sent });
  process.exitCode = interruption.exitCode();
}

async function rtpReceive(options: { sdp: string; save?: string }, invocation: Invocation): Promise<void> {
  const { settings, duration, json } = invocation;
  const { speaker, view, mediaHost, ffmpeg, open } = settings.values;
  const interruption = watchInterruption();
  const terminal = openTerminal();
  const receiver = await startRtpReceive({
    sdp: load(options.sdp),
    file: options.sdp,
    speaker,
    page: view === 'browser',
    onNotice: noticePrinter(terminal, invocation.verbose),
    ...(options.save === undefined ? {} : { save: options.save }),
    ...(mediaHost === undefined ? {} : { host: mediaHost }),
    ...(ffmpeg === undefined ? {} : { ffmpeg }),
  });
  const { video, audio } = receiver.session;
  const ports = [video && `video on UDP port ${video.port}`, audio && `audio on ${audio.port}`].filter(
    Boolean,
  );
  terminal.say(`Waiting for ${ports.join(' and ')}`);
  const { pageAddress } = receiver;
  if (pageAddress) showPage(pageAddress, { what: 'It is shown', open, terminal });
  const ending = new AbortController();
  const showing = repeat(ending.signal, async () => {
    terminal.status((await receiver.status()).map((peer) => statusLine(peer)));
  });
  await waitFor(duration && duration * 1000, interruption.signal, showing).finally(() => ending.abort());
  await showing;
  const received = await receiver.close();
  const ok = received.video.frames > 0 || received.audio.packets > 0;
  if (json) printResult({ ok, received });
  process.exitCode = interruption.exitCode() || (ok ? exitCodes.done : exitCodes.failed);
}

async function repeat(signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  for (;;) {
    await waitFor(1000, signal);
    if (signal.aborted) return;
    await action();
  }
}

function load(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HhbError('file-not-found', `--sdp: ${messageOf(error)}`, { cause: error });
  }
}
