import { copyOf, uint32 } from '../bytes.js';
import { packetCipher, type PacketCipher } from './packet-cipher.js';
import { profiles, type ProfileSizes } from './profile.js';
import { REPLAY_WINDOW, ReplayWindow } from './replay-window.js';
import { mkiOf, type SrtpKey } from './srtp-key.js';

/** A peer: its keys, and how far each of its sources has come under whichever of them, or is said to have. */
export class ReceivingPeer {
  keys: ReceivingKey[] = [];
  readonly #references = new Map<number, number>();

  constructor(readonly id: string) {}

  /** The highest index known of a source. */
  reference(ssrc: number): number | undefined {
    return this.#references.get(ssrc);
  }

  /** Notes how far a source has come: by a packet that is authentic, or by what the peer said. */
  advance(ssrc: number, index: number): void {
    const before = this.#references.get(ssrc);
    if (before === undefined ? this.#references.size < MAX_SOURCES : index > before)
      this.#references.set(ssrc, index);
  }
}

/** A key of a peer, and which packets came under it. */
export class ReceivingKey {
  readonly id: string;
  readonly sizes: ProfileSizes;
  /** As a signed number: small ones are found faster in a map. */
  readonly mki: number;
  readonly rtp = new SeenPackets();
  readonly rtcp = new SeenPackets();
  /** Whether a packet was authentic under it. */
  used = false;
  /** Private to the running program, too: a field that is not could be printed. */
  readonly #master: SrtpKey;
  #cipher: PacketCipher | undefined;

  constructor(
    readonly peer: ReceivingPeer,
    master: SrtpKey,
  ) {
    this.id = master.id;
    this.sizes = profiles[master.profile];
    // It is used later, and the caller may wipe what it gave.
    this.#master = { ...master, key: copyOf(master.key), salt: copyOf(master.salt) };
    this.mki = uint32(mkiOf(master), 0) | 0;
  }

  /** Made when it is first needed: most keys that are derived ahead never are. */
  get cipher(): PacketCipher {
    return (this.#cipher ??= packetCipher(this.#master, this.mki));
  }

  is({ id, profile, key, salt }: SrtpKey): boolean {
    return (
      id === this.id &&
      profile === this.#master.profile &&
      isEqual(key, this.#master.key) &&
      isEqual(salt, this.#master.salt)
    );
  }
}

/** Which packets of each source came under a key. */
class SeenPackets {
  readonly #windows = new Map<number, ReplayWindow>();
  /** That of the last packet: most of the time the next one's, too. */
  #last: { ssrc: number; window: ReplayWindow } | undefined;

  /** @param reference how far the source is known to have come: what is a window older is none of the newest */
  isReplay(ssrc: number, index: number, reference = -1): boolean {
    const window = this.#find(ssrc);
    return window ? !window.isNew(index) : index <= reference - REPLAY_WINDOW;
  }

  /** @returns false when there are too many sources */
  add(ssrc: number, index: number, reference = -1): boolean {
    let window = this.#find(ssrc);
    if (!window) {
      if (this.#windows.size >= MAX_SOURCES) return false;
      this.#windows.set(ssrc, (window = new ReplayWindow(reference)));
    }
    window.add(index);
    return true;
  }

  #find(ssrc: number): ReplayWindow | undefined {
    if (this.#last?.ssrc === ssrc) return this.#last.window;
    const window = this.#windows.get(ssrc);
    if (window) this.#last = { ssrc, window };
    return window;
  }
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Of one peer. */
const MAX_SOURCES = 1024;
