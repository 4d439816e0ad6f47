import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Running } from './cli.js';

/** Below where systems take ports from that nobody asked for (Linux: from 32768, others: from 49152). */
const [lowest, highest] = [20_000, 30_000];

/**
 * The first of four UDP ports in a row that are free now, an even one: two streams, each with the port after
 * it for RTCP, as other programs have it. They need fixed ports, for an SDP file names them.
 */
export async function freeMediaPorts(): Promise<number> {
  for (;;) {
    const first = lowest + 2 * Math.floor((Math.random() * (highest - lowest)) / 2);
    const opened = await Promise.all([0, 1, 2, 3].map((offset) => bind(first + offset)));
    for (const socket of opened) socket?.close();
    if (opened.every(Boolean)) return first;
  }
}

/** A TCP port of this machine alone that is free now, for a program that takes no 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function bind(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.bind(port);
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return undefined;
  }
}

/**
 * Resolves when UDP ports are open, so that nothing which is sent there is lost. Other programs say nothing
 * when they listen, and to try the ports would take them away: it is looked up with the system (Linux).
 * @throws when the program ends before, or after 20 seconds
 */
export async function listening(program: Running, ports: number[]): Promise<void> {
  const deadline = performance.now() + 20_000;
  const wanted = ports.map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')} `);
  for (;;) {
    const open = ['udp', 'udp6'].map((table) => readFileSync(`/proc/net/${table}`, 'latin1')).join('');
    if (wanted.every((port) => open.includes(port))) return;
    if (program.child.exitCode !== null) throw new Error(`it ended without listening: ${program.stderr}`);
    if (performance.now() > deadline) throw new Error(`nobody listens on ${ports.join(', ')}`);
    await pause(20);
  }
}
