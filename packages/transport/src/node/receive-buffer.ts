import { HhbError } from '@hellohaybye/core';

/** Bytes of receive buffer that each socket asks for. Systems may grant less. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Bytes of receive buffer that were granted.
 * @param told what the system tells: on Linux twice what it grants (man 7 socket), elsewhere the same
 */
export const grantedBytes = (told: number, platform: string = process.platform): number =>
  platform === 'linux' ? told / 2 : told;

/**
 * What to warn of: a receive buffer that one burst of a large frame overruns while this process is busy.
 * @param buffers channel name to bytes that were granted
 * @returns an error of code `small-receive-buffer` that names the channels and the system's setting
 */
export function receiveBufferWarning(
  buffers: Readonly<Record<string, { granted: number }>>,
  platform: string = process.platform,
): HhbError | undefined {
  const small = Object.entries(buffers).filter(([, { granted }]) => granted < ENOUGH_BYTES);
  if (small.length === 0) return undefined;
  const least = Math.min(...small.map(([, { granted }]) => granted));
  const channels = small.map(([channel]) => channel).join(', ');
  return new HhbError(
    'small-receive-buffer',
    `The system grants ${least} bytes of receive buffer for ${channels}, where ${RECEIVE_BUFFER_BYTES} were ` +
      'asked for: packets that come while this machine is busy may be lost',
    { hint: hints[platform] ?? 'Raise what the system allows a UDP socket to buffer.' },
  );
}

const raise = (setting: string) =>
  `Raise ${setting}: sudo sysctl -w ${setting}=${RECEIVE_BUFFER_BYTES}, and a line in /etc/sysctl.conf to keep it.`;

const hints: Partial<Record<string, string>> = {
  linux: raise('net.core.rmem_max'),
  darwin: raise('kern.ipc.maxsockbuf'),
  freebsd: raise('kern.ipc.maxsockbuf'),
};

/** With 31,000 packets a second in bursts, 1 MiB lost none, and Linux's default of 208 KiB one in a hundred. */
const ENOUGH_BYTES = 1024 * 1024;
