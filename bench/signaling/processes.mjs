// A server and its load, each a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';

export async function start(kind) {
  const server = fork(new URL('server.mjs', import.meta.url), [kind], {
    execArgv: ['--expose-gc', ...(process.env.HHB_BENCH_PROFILE === kind ? ['--cpu-prof'] : [])],
  });
  const [{ port }] = await once(server, 'message');
  const load = fork(new URL('load.mjs', import.meta.url), [kind, String(port)]);
  const ask = async (child, message) => {
    child.send(message);
    const [answer] = await once(child, 'message');
    if (answer.error) throw new Error(answer.error);
    return answer;
  };
  return {
    children: [load, server],
    load: (message) => ask(load, message),
    /** CPU microseconds of the server so far. */
    cpu: async () => (await ask(server, { do: 'cpu' })).cpu,
    rss: async () => (await ask(server, { do: 'rss' })).rss,
  };
}

export async function stop({ children }) {
  for (const child of children) {
    const exited = once(child, 'exit');
    child.send({ do: 'end' });
    await exited;
  }
}
