import type { Siege } from './siege.js';
import type { Victim } from './victim.js';

/** What a hostile server got that it may not get; each in a line, none when all is well. */
export function damageOf(siege: Siege): string[] {
  const { cast, setting, impostors, instances } = siege;
  const damage = [...siege.outrages];
  const mallory = cast.mallory.publicKey;
  // Who lets somebody in, and shows it, may be read by that one: in an open room that is anybody.
  const isOpenTo = (victim: Victim | undefined) =>
    victim !== undefined && !setting.secret && victim.letIn.has(mallory) && victim.announced.has(mallory);

  const caught = Buffer.concat(siege.datagrams);
  for (const { author, bytes } of cast.marks) {
    if (bytes.some((part) => caught.includes(part)))
      damage.push(`what ${author} sends can be seen on the network`);
  }
  for (const { instance, readable, read, ownKeys } of impostors.values()) {
    for (const from of new Set([...readable, ...read.map((one) => one.from)])) {
      const name = instances.get(from) ?? from;
      const victim = siege.victims.find((one) => one.name === name);
      if (!isOpenTo(victim)) damage.push(`the key of ${name} was given to an impostor, ${instance}`);
    }
    for (const victim of siege.victims) {
      for (const [key, { identity, name }] of victim.accepted) {
        if (!ownKeys.has(key)) continue;
        if (identity !== mallory || !isOpenTo(victim)) {
          damage.push(`${victim.name} took a key of an impostor as that of ${name}`);
        }
      }
    }
  }
  for (const victim of siege.victims) {
    for (const [key, { name }] of victim.accepted) {
      if (siege.forgedKeys.has(key))
        damage.push(`${victim.name} took a key that was forged as that of ${name}`);
    }
  }
  return damage;
}

/**
 * The server is honest again: brings those back who were led away, and waits until all see whom they would let in.
 * @param isAnew whether all come anew: who was led out of a call by name is not in it until somebody invites them again
 * @returns who does not see whom
 */
export async function recover(siege: Siege, isAnew = siege.setting.call): Promise<string[]> {
  const { victims } = siege;
  const untold = victims.flatMap((victim) => victim.untold);
  const back = Promise.all(victims.map((victim) => victim.back(siege.greetingOf(victim.name), PATIENCE_MS)));
  await siege.makePeace();
  await back;
  for (const victim of victims) {
    if (!isAnew && victim.isIn(siege.home)) continue;
    siege.count('came back anew');
    await victim.comeBack(siege.url);
  }
  if (isAnew) await siege.callTogether();
  const pairs = victims.flatMap((one) =>
    victims.filter((other) => other !== one).map((other) => [one, other] as const),
  );
  const missing = await Promise.all(
    pairs.map(async ([one, other]) => {
      if (one.admits(other) && other.admits(one)) {
        return (await one.sees(other.name, 3 * PATIENCE_MS))
          ? []
          : [`${one.name} does not see ${other.name} again`];
      }
      if (one.admits(other) || (await one.isTold('not-let-in', other.call.name, PATIENCE_MS))) return [];
      return [`${one.name} does not let ${other.name} in, and is not told why`];
    }),
  );
  siege.count('recovered', missing.length);
  return [...untold, ...missing.flat()];
}

/** Counts what came of an attack, so that it shows whether there was anything to withstand. */
export function takeStock(siege: Siege): void {
  for (const { readable, read } of siege.impostors.values()) {
    siege.count('keys that an impostor was given', readable.size);
    siege.count('messages and frames that an impostor could read', read.length);
  }
  siege.count('datagrams that passed through the attacker', siege.datagrams.length);
  for (const { notices, came, accepted } of siege.victims) {
    for (const { code } of notices) siege.count(`told ${code}`);
    for (const [author, times] of came)
      siege.count(author === 'mallory' ? 'frames of an impostor' : 'frames', times);
    for (const { identity } of accepted.values()) {
      siege.count(identity === siege.cast.mallory.publicKey ? 'keys of an impostor taken' : 'keys taken');
    }
  }
}

/** How long everything may take that has to happen, milliseconds. */
export const PATIENCE_MS = 10_000;
