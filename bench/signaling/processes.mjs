// A server and its load, each a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** @param kind `ours`, `limited` (ours with limits for each connection, which cuts off early), or `ws` */
export async function start(kind) {
  const server = fork(new URL('server.mjs', import.meta.url), [kind], {
    execArgv: ['--expose-gc', ...(process.env.HHB_BENCH_PROFILE === kind ? ['--cpu-prof'] : [])],
  });
  const [{ port }] = await once(server, 'message');
  const load = fork(new URL('load.mjs', import.meta.url), [kind, String(port)]);
  return {
    children: [load, server],
    port,
    load: (message) => ask(load, message),
    /** CPU microseconds of the server so far. */
    cpu: async () => (await ask(server, { do: 'cpu' })).cpu,
    rss: async () => (await ask(server, { do: 'rss' })).rss,
  };
}

/** Clients that mean no good, in a process of their own. */
export function startAttack(port) {
  const attack = fork(new URL('attack.mjs', import.meta.url), [String(port)]);
  return { children: [attack], load: (message) => ask(attack, message) };
}

export async function stop({ children }) {
  for (const child of children) {
    const exited = once(child, 'exit');
    child.send({ do: 'end' });
    await exited;
  }
}

async function ask(child, message) {
  child.send(message);
  const [answer] = await once(child, 'message');
  if (answer.error) throw new Error(answer.error);
  return answer;
}
