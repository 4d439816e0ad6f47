import type { Command } from 'commander';
import { fingerprint } from '../people/fingerprint.js';
import { ownIdentity } from '../people/identity-file.js';
import { qrCode } from '../people/qr-code.js';
import { withJson } from '../program.js';
import { printResult } from '../terminal.js';

export function addId(program: Command): void {
  withJson(
    program
      .command('id')
      .description('your fingerprint as words and as a QR code, for others to compare with what they see')
      .action(({ json }: { json?: boolean }) => showIdentity(json === true)),
  );
}

function showIdentity(json: boolean): void {
  const { publicKey: identity } = ownIdentity();
  const { words, full } = fingerprint(identity);
  if (json) return printResult({ ok: true, identity, words, fingerprint: full });
  const colour = process.stdout.isTTY && !process.env['NO_COLOR'];
  const lines = [words, ...qrCode(full, colour), full];
  process.stdout.write(`${lines.join('\n')}\n`);
}
