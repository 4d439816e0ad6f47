import { givenName, type MediaDescription, type Participant } from '@hellohaybye/signaling';
import { names, type Ghost, type Lie } from './actions.js';
import type { Impostor } from './impostor.js';
import { lieAbout } from './roster-lies.js';
import { portsOf, type UdpRelay } from './udp-relay.js';

/** What somebody is told of the others, in their order, and who is told of besides. */
interface Told {
  lies: Lie[];
  ghost: Ghost;
}

/** What lies are made of. */
interface Facts {
  /** Everybody as they are, and as they were first, by name. */
  truth: ReadonlyMap<string, Participant>;
  first: ReadonlyMap<string, MediaDescription>;
  relays: ReadonlyMap<string, Record<string, UdpRelay>>;
  /** By the instance that they take, and those who take the identity too, as far as one can, by `instance!`. */
  impostors: ReadonlyMap<string, Impostor>;
}

/** How each is told of the others. */
export class ToldRoster {
  readonly #told = new Map<string, Told>();

  constructor(private readonly facts: Facts) {}

  /** From now on somebody is told this. */
  tell(name: string, told: Told): void {
    this.#told.set(name, told);
  }

  /** Everybody is told the truth. */
  clear(): void {
    this.#told.clear();
  }

  /** How somebody is told of others: as the lies have it that hold for them now. */
  participants(name: string, all: Participant[]): Participant[] {
    const { truth, impostors } = this.facts;
    const told = this.#told.get(name);
    const self = truth.get(name);
    if (!told) return all;
    const shown = all.flatMap((one) => {
      const at = (names as readonly string[]).indexOf(givenName(one.name));
      return at < 0 ? [one] : this.#lie(self, one, told.lies[at] ?? 'true');
    });
    const ghost = impostors.get('ghost');
    if (told.ghost === 'none' || !ghost) return shown;
    if (self) ghost.meet(self);
    const namesake = told.ghost === 'namesake' ? names.find((one) => one !== name)! : 'zoe';
    const { media } = ghost;
    const like = { id: 'ghost', instance: 'ghost', observedAddress: '127.0.0.1', state: {} };
    return [...shown, { ...like, name: namesake, media }];
  }

  #lie(self: Participant | undefined, one: Participant, lie: Lie): Participant[] {
    const { truth, first, relays: all, impostors } = this.facts;
    const at = (names as readonly string[]).indexOf(givenName(one.name));
    const impostor = impostors.get(lie === 'false identity' ? `${one.instance}!` : one.instance);
    if (self && /impostor|false|stranger/.test(lie)) impostor?.meet(self);
    const relays = all.get(one.name);
    const told = lieAbout(one, lie, {
      ...{ self, next: truth.get(names[(at + 1) % names.length]!) ?? one },
      ...{ first: first.get(one.name), impostor: impostor?.media, ports: relays && portsOf(relays) },
    });
    return told ? [told] : [];
  }
}
