import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Each of these faults would give away what is encrypted, or let somebody else speak. The test beside the source has to see it.

const root = fileURLToPath(new URL('../..', import.meta.url));
const protect = 'packages/transport/src/protect';
const keys = 'packages/signaling/src/keys';
const gate = 'packages/call/src/keys';

interface Fault {
  what: string;
  test: string;
  file: string;
  /** What is replaced by what. */
  changes: [string, string][];
}

const faults: Fault[] = [
  {
    what: 'a nonce is used twice',
    test: `${protect}/srtp.test.ts`,
    file: `${protect}/nonce-guard.ts`,
    changes: [['if (this.#tags[slot + byte] !== packet[at + byte]) return false;', '']],
  },
  {
    what: 'each source has a counter of reports of its own',
    test: `${protect}/srtp.test.ts`,
    file: `${protect}/sender.ts`,
    changes: [
      ['const index = this.#rtcpIndex;', 'const index = (counters[ssrc] = (counters[ssrc] ?? -1) + 1);'],
      ['const MAX_GUARDS', 'const counters: Record<number, number> = {};\nconst MAX_GUARDS'],
    ],
  },
  {
    what: 'a packet is taken again',
    test: `${protect}/srtp.test.ts`,
    file: `${protect}/replay-window.ts`,
    changes: [['if (index > this.#highest) return true;', 'return true;']],
  },
  {
    what: 'a key message is not bound to the key of its sender',
    test: `${keys}/seal.test.ts`,
    file: `${keys}/seal.ts`,
    changes: [
      ['senderKey: await keyPair(options.identity),', ''],
      ['senderPublicKey: await publicKey(sender.identity),', ''],
    ],
  },
  {
    what: 'a key message is not bound to sessions and instances',
    test: `${keys}/seal.test.ts`,
    file: `${keys}/key-info.ts`,
    changes: [
      [
        'writeMember(writer, sender) && writeMember(writer, receiver) ? writer.finish() : undefined',
        'writer.finish()',
      ],
    ],
  },
  {
    what: 'the secret of the room is left out',
    test: `${keys}/seal.test.ts`,
    file: `${keys}/seal.ts`,
    changes: [['secret ? { psk: { id: pskId, key: secret.pskFor(room) } } : {}', '({})']],
  },
  {
    what: 'a secret that is handed on is not bound to the key of its sender',
    test: `${keys}/secret-message.test.ts`,
    file: `${keys}/secret-message.ts`,
    changes: [
      ['{ recipientPublicKey, senderKey, info, ', '{ recipientPublicKey, info, '],
      ['senderPublicKey: await sealing.publicKey(context.sender.identity),', ''],
    ],
  },
  {
    what: 'the keys of a call do not need its secret',
    test: `${gate}/gate.test.ts`,
    file: `${gate}/key-exchange.ts`,
    changes: [
      [
        "case 'calling':\n        return { secret: RoomSecret.generate() };",
        "case 'calling':\n        return { secret: undefined };",
      ],
    ],
  },
  {
    what: 'the secret of a call is handed to whoever is in the place of who was called',
    test: `${gate}/gate.test.ts`,
    file: `${gate}/key-exchange.ts`,
    changes: [['return isSameOne({ instance, name }, member);', 'return true;']],
  },
  {
    what: 'who leaves can go on from the key that they have',
    test: `${keys}/agreement/key-agreement.test.ts`,
    file: `${keys}/agreement/key-agreement.ts`,
    changes: [
      ['const isOver = went || ', 'const isOver = '],
      ['else if (came) this.#own.step()', 'else if (came || went) this.#own.step()'],
      ['!(came || isOver)', '!(came || went || isOver)'],
    ],
  },
  {
    what: 'old keys are accepted for ever',
    test: `${keys}/agreement/key-agreement.test.ts`,
    file: `${keys}/agreement/peer-keys.ts`,
    changes: [['until !== undefined && until <= now', 'until === -1']],
  },
];
const tests = [...new Set(faults.map(({ test }) => test))];

let folder: string;
let results: Map<string, { passed: number; failed: number }>;

// All at once: a copy as it is, and one for each fault, of which only the one test file is run.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hellohaybye-faults-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  copy('as-it-is', tests);
  for (const [index, { file, test, changes }] of faults.entries()) {
    copy(`fault-${index}`, [test]);
    const path = join(folder, `fault-${index}`, file);
    writeFileSync(path, changes.reduce(change, readFileSync(path, 'utf8')));
  }
  results = run([
    ...tests.map((test) => `as-it-is/${test}`),
    ...faults.map(({ test }, index) => `fault-${index}/${test}`),
  ]);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('tests of what protects media', () => {
  it.each(tests)('%s holds', (test) => {
    expect(results.get(`as-it-is/${test}`)).toMatchObject({
      failed: 0,
      passed: expect.any(Number) as number,
    });
  });

  it.each(faults.map(({ what, test }, index) => ({ what, test, index })))(
    'see it when $what',
    ({ test, index }) => {
      const seen = results.get(`fault-${index}/${test}`);
      // The others still hold: it is the fault that is seen, not a file that can't be read.
      expect(seen?.failed).toBeGreaterThan(0);
      expect(seen?.passed).toBeGreaterThan(0);
    },
  );
});

function copy(name: string, of: readonly string[]): void {
  for (const source of new Set(of.map((test) => test.split('/').slice(0, 3).join('/'))))
    cpSync(join(root, source), join(folder, name, source), { recursive: true });
}

function change(source: string, [from, to]: [string, string]): string {
  if (!source.includes(from))
    throw new Error(`The source has changed: it has no "${from}" to make a fault of`);
  return source.replace(from, () => to);
}

/** @returns how many tests of each file passed and failed */
function run(files: readonly string[]): Map<string, { passed: number; failed: number }> {
  const report = join(folder, 'report.json');
  // It is a run of its own, and no worker of this one.
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const { stderr } = spawnSync(
    process.execPath,
    [
      ...[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
      ...['--reporter', 'json', '--outputFile', report, ...files],
    ],
    { cwd: folder, encoding: 'utf8', timeout: 280_000, env: Object.fromEntries(outside) },
  );
  let told: { testResults: { name: string; assertionResults: { status: string }[] }[] };
  try {
    told = JSON.parse(readFileSync(report, 'utf8')) as typeof told;
  } catch {
    throw new Error(`The tests came to no end: ${stderr}`);
  }
  return new Map(
    told.testResults.map(({ name, assertionResults }) => {
      const count = (status: string) => assertionResults.filter((one) => one.status === status).length;
      const file = relative(folder, name).split(sep).join('/');
      return [file, { passed: count('passed'), failed: count('failed') }];
    }),
  );
}
