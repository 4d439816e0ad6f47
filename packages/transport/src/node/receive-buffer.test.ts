import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { grantedBytes, RECEIVE_BUFFER_BYTES, receiveBufferWarning } from './receive-buffer.js';

const granted = (bytes: number) => ({ video: { granted: bytes }, audio: { granted: RECEIVE_BUFFER_BYTES } });

describe('what was granted', () => {
  it('is half of what Linux tells, and just that elsewhere', () => {
    expect(grantedBytes(425_984, 'linux')).toBe(212_992);
    expect(grantedBytes(425_984, 'darwin')).toBe(425_984);
  });

  it.runIf(process.platform === 'linux')('is what the kernel allows at most', async () => {
    const most = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));
    const socket = createSocket({ type: 'udp4', recvBufferSize: 2 * most });
    const listening = once(socket, 'listening');
    socket.bind(0, '127.0.0.1');
    await listening;
    expect(grantedBytes(socket.getRecvBufferSize())).toBe(most);
    socket.close();
  });
});

describe('the warning', () => {
  it('is none from 1 MiB on', () => {
    expect(receiveBufferWarning(granted(1024 * 1024))).toBeUndefined();
    expect(receiveBufferWarning(granted(1024 * 1024 - 1))).toMatchObject({ code: 'small-receive-buffer' });
  });

  it('names the channels that got too little, what they got, and the setting of the system', () => {
    const { message, hint } = receiveBufferWarning(granted(212_992), 'linux')!;
    expect(message).toMatch(/212992 bytes of receive buffer for video, /);
    expect(hint).toContain('sysctl -w net.core.rmem_max=4194304');
    expect(receiveBufferWarning(granted(1), 'darwin')!.hint).toContain('kern.ipc.maxsockbuf');
    expect(receiveBufferWarning(granted(1), 'win32')!.hint).toBeDefined();
  });
});
