import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyFolder, root, start } from '../support/cli.js';

/** Both ends in one file: the receiver prints its port, then what came; the sender repeats until it is told. */
const program = `
const [role, port] = process.argv.slice(2);
const size = 1_000_000;
const stream = { id: 'message', channel: 'media', ssrc: 7, formats: [{ format: 'generic' as const, payloadType: 96, clockRate: 90_000 }] };

async function main() {
  const transport = await openTransport({ channels: { media: { host: '127.0.0.1', port: 0 } } });
  if (role === 'receive') {
    transport.addIncoming({ peer: 'sender', ...stream });
    transport.on('frame', async ({ data }) => {
      console.log('received', data.length, data.every((byte, index) => byte === index % 251));
      await transport.close();
    });
    console.log('port', transport.ports.media);
  } else {
    transport.addOutgoing(stream);
    transport.addDestination({ id: 'receiver', addresses: { media: { address: '127.0.0.1', port: Number(port) } } });
    const data = Uint8Array.from({ length: size }, (_, index) => index % 251);
    transport.send({ stream: 'message', data, capturedAt: systemClock.now() });
    await transport.close();
  }
}
main();
`;
const asModule = `import { openTransport } from '@hellohaybye/transport/node';\nimport { systemClock } from '@hellohaybye/core/node';\n${program}`;
const asCommonJs = `const { openTransport } = require('@hellohaybye/transport/node');\nconst { systemClock } = require('@hellohaybye/core/node');\n${program}`;

it('a program in an empty folder sends a 1 MB message with the packed tarballs, as ESM, as CJS and in TypeScript', async () => {
  const cwd = emptyFolder();
  const { pack } = (await import('../../scripts/pack.mjs' as string)) as {
    pack: (names: string[], folder: string) => Record<string, string>;
  };
  const tarballs = Object.values(pack(['core', 'transport'], cwd));
  writeFileSync(join(cwd, 'package.json'), '{"private": true}');
  const install = start('npm', ['install', '--no-audit', '--no-fund', ...tarballs], { cwd });
  expect(await install.exited, install.stderr).toMatchObject({ code: 0 });

  writeFileSync(join(cwd, 'esm.mjs'), asModule.replace(' as const', ''));
  writeFileSync(join(cwd, 'cjs.cjs'), asCommonJs.replace(' as const', ''));
  writeFileSync(join(cwd, 'typescript.mts'), asModule);
  const options = [
    '--module',
    'node16',
    '--target',
    'es2022',
    '--strict',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ];
  const tsc = start(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'typescript.mts'],
    { cwd },
  );
  expect(await tsc.exited, tsc.stdout).toMatchObject({ code: 0 });

  for (const [sender, receiver] of [
    ['esm.mjs', 'cjs.cjs'],
    ['cjs.cjs', 'typescript.mjs'],
    ['typescript.mjs', 'esm.mjs'],
  ]) {
    const receiving = start(process.execPath, [receiver!, 'receive'], { cwd });
    const [, port] = await receiving.printed(/port (\d+)/, 'stdout');
    const sending = start(process.execPath, [sender!, 'send', port!], { cwd });
    expect(await sending.exited, sending.stderr).toMatchObject({ code: 0 });
    expect(await receiving.exited, receiving.stderr).toMatchObject({ code: 0 });
    expect(receiving.stdout).toContain('received 1000000 true');
  }
});
