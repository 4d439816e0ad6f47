import { HhbError } from '@hellohaybye/core';
import { sameWords } from '@hellohaybye/signaling';
import type { Command } from 'commander';
import { fingerprint } from '../people/fingerprint.js';
import { isIdentity, KnownPeople, type KnownPerson } from '../people/known-people.js';
import { withJson } from '../program.js';
import { printable, printResult } from '../terminal.js';

export function addKnown(program: Command): void {
  withJson(
    program
      .command('known')
      .description('the people you know, each with the words of the key that they are known by')
      .action(({ json }: { json?: boolean }) => showKnown(json === true)),
  );
}

export function addTrust(program: Command): void {
  withJson(
    program
      .command('trust <name> [key...]')
      .description('accept the key that somebody was last refused for, or the one given')
      .addHelpText(
        'after',
        '\nThe key: the words or the fingerprint that they read to you ("hellohaybye id"), which the refused key then' +
          '\nhas to have; or the whole identity of "hellohaybye id --json", for somebody you did not meet yet.',
      )
      .action((name: string, key: string[], { json }: { json?: boolean }) => trust(name, key, json === true)),
  );
}

export function addForget(program: Command): void {
  withJson(
    program
      .command('forget <name>')
      .description('forget the key of somebody: the next one who comes by that name is taken for them')
      .action((name: string, { json }: { json?: boolean }) => forget(name, json === true)),
  );
}

function showKnown(json: boolean): void {
  const people = new KnownPeople().list();
  if (json) return printResult({ ok: true, people: people.map(described) });
  const lines = people.flatMap(({ name, identity, since, refused }) => [
    `${printable(name)}  ${fingerprint(identity).words}  since ${since.slice(0, 10)}`,
    ...(refused ? [`  refused on ${refused.at.slice(0, 10)}: ${fingerprint(refused.identity).words}`] : []),
  ]);
  process.stdout.write(`${lines.length === 0 ? 'You know nobody yet.' : lines.join('\n')}\n`);
}

function trust(name: string, key: string[], json: boolean): void {
  const people = new KnownPeople();
  const identity = trusted(name, key.join(' '), people.find(name));
  people.trust(name, identity);
  const { words, full } = fingerprint(identity);
  if (json) return printResult({ ok: true, name, identity, words, fingerprint: full });
  process.stdout.write(`${printable(name)} is known by this key now: ${words}\n`);
}

/** The identity that is meant: one that is given, or the last one that was refused, when it is as described. */
function trusted(name: string, key: string, known: KnownPerson | undefined): string {
  if (isIdentity(key)) return key;
  const refused = known?.refused?.identity;
  if (refused === undefined) {
    throw new HhbError('nobody-refused', `Nobody was refused by the name of ${quote(name)}`, {
      hint: known
        ? 'They are known, and came with no other key since'
        : 'Who is not known by name is let in, and known from then on; "hellohaybye known" lists them',
    });
  }
  const { words, full } = fingerprint(refused);
  if (key === '' || key === full || sameWords(key, words)) return refused;
  throw new HhbError('other-key', `The key that ${quote(name)} was refused for has other words: ${words}`, {
    hint: 'Either the words were misheard, or it is not them; nothing was changed',
  });
}

function forget(name: string, json: boolean): void {
  const people = new KnownPeople();
  if (!people.find(name)) {
    throw new HhbError('not-known', `You know nobody by the name of ${quote(name)}`, {
      hint: '"hellohaybye known" lists those you know',
    });
  }
  people.forget(name);
  if (json) return printResult({ ok: true, name });
  process.stdout.write(`${printable(name)} is forgotten.\n`);
}

const quote = (name: string): string => JSON.stringify(name.slice(0, 64));

const described = ({ name, identity, since, refused }: KnownPerson) => ({
  ...{ name, identity, words: fingerprint(identity).words, since },
  ...(refused && { refused: { ...refused, words: fingerprint(refused.identity).words } }),
});
