// Cells on real sockets: for each a sender and a receiver, processes of their own, and the relay's command
// between them.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { IP_UDP_HEADER_BYTES } from '@hellohaybye/transport/netsim';
import { countRun, median, sum } from './count.mjs';
import { relayOptions } from './models.mjs';

const peer = fileURLToPath(new URL('socket-peer.mjs', import.meta.url));
const command = fileURLToPath(
  new URL('../bin/hellohaybye-transport.js', import.meta.resolve('@hellohaybye/transport')),
);

/**
 * Runs cells in groups, each beside a run without loss, so that what else the machine does hits them alike.
 * @param clean the cell that loses nothing
 * @param groups of cells that run at the same time
 * @param length seconds
 * @returns `{ cell, result }` of each, as `sum` gives it; `beside` is what ran without loss at the same time
 */
export async function runSockets({ clean, groups }, seeds, length) {
  const results = [];
  const cleanRuns = [];
  for (const group of groups) {
    const cells = [clean, ...group];
    const runs = cells.map(() => []);
    for (const seed of seeds) {
      const measured = await runOnce(cells, seed, length);
      // When the last packet would have arrived is not seen from outside. Without loss, it is when a frame is whole.
      const usual = median(measured[0].whole.map((at, frame) => at - measured[0].ready[frame]));
      for (const [index, run] of measured.entries()) {
        const due = run.ready.map((at) => at + usual + cells[index].deadlineMs * 1000);
        runs[index].push(countRun({ ...run, due }));
      }
    }
    cleanRuns.push(...runs[0]);
    const { frames, givenUp } = sum(runs[0]);
    for (const [index, cell] of group.entries()) {
      results.push({ cell, result: { ...sum(runs[index + 1]), beside: { frames, givenUp } } });
    }
  }
  return [{ cell: clean, result: sum(cleanRuns) }, ...results];
}

async function runOnce(cells, seed, length) {
  const pairs = [];
  try {
    for (const cell of cells) pairs.push(await openPair(cell, seed));
    // Not all at the same instant: their frames take turns.
    return await Promise.all(pairs.map((pair, index) => pair.run(length, index / pairs.length)));
  } finally {
    for (const pair of pairs) pair.end();
  }
}

async function openPair(cell, seed) {
  const children = [];
  const start = (role, ...args) => {
    const child = fork(peer, [role, ...args.map(String)]);
    children.push(child);
    return child;
  };
  const receiver = start('receive', cell.deadlineMs);
  const { port } = await told(receiver);
  const relay = await openRelay(
    ['--to', `${port}`, '--delay', `${cell.rttMs / 2}ms`, ...relayOptions(cell)],
    seed,
  );
  children.push(relay.child);
  receiver.send({ to: relay.via });
  const sender = start('send', relay.listen);
  await told(sender);
  return {
    async run(length, phase) {
      sender.send({ length, phase });
      const { ready, packets, bytes } = await told(sender);
      if (receiver.connected) receiver.send('done');
      const { arrived } = await told(receiver);
      const { up, down } = await relay.close();
      const whole = new Float64Array(ready.length).fill(Infinity);
      for (const [frame, at] of arrived) whole[frame] = at;
      return {
        ready: Float64Array.from(ready),
        whole,
        sourceBytes: bytes + packets * IP_UDP_HEADER_BYTES,
        allBytes: up.bytes + down.bytes,
      };
    },
    end: () => children.forEach((child) => child.kill()),
  };
}

/** The relay as users run it. */
async function openRelay(args, seed) {
  const child = spawn(
    process.execPath,
    [command, 'relay', '--listen', '0', '--seed', `${seed}`, '--json', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [line] = await once(createInterface({ input: child.stderr }), 'line');
  const [, listen, via] = /:(\d+) to .*:(\d+)$/.exec(line) ?? [];
  if (listen === undefined) throw new Error(line);
  return { child, listen, via, close };

  /** Ends it. @returns its counts */
  async function close() {
    let printed = '';
    child.stdout.on('data', (text) => (printed += text));
    child.kill('SIGINT');
    await once(child, 'close');
    return JSON.parse(printed);
  }
}

/** What a process tells next; one that ends instead ends the benchmark. */
async function told(child) {
  if (child.exitCode !== null) throw new Error(`a peer ended with ${child.exitCode}`);
  const abort = new AbortController();
  const [message] = await Promise.race([
    once(child, 'message', { signal: abort.signal }),
    once(child, 'exit', { signal: abort.signal }).then(([code]) => {
      throw new Error(`a peer ended with ${code}`);
    }),
  ]).finally(() => abort.abort());
  return message;
}
