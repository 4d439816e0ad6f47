import { commonAspect, layOut } from '../layout.js';
import type { WireParticipant } from '../wire.js';
import { byId } from './dom.js';
import { Tile } from './tile.js';

/** All tiles, laid out so that they fill the window. */
export class Stage {
  readonly #root = byId('stage');
  readonly #tiles = new Map<number, Tile>();

  /** @param changed called when somebody has come, left or got another name */
  constructor(private readonly changed: (news: string) => void) {
    new ResizeObserver(() => this.#layOut()).observe(this.#root);
  }

  /** How many there are, and how many of them are others. */
  get counts(): { all: number; others: number } {
    const tiles = [...this.#tiles.values()];
    return { all: tiles.length, others: tiles.filter((tile) => !tile.isSelf).length };
  }

  /** Everybody who has a tile, in the order of the tiles. */
  get people(): WireParticipant[] {
    const tiles = [...this.#tiles.values()];
    return [...tiles.filter((tile) => !tile.isSelf), ...tiles.filter((tile) => tile.isSelf)].map(
      ({ participant }) => participant,
    );
  }

  update(key: number, participant: WireParticipant): void {
    let tile = this.#tiles.get(key);
    const isNew = !tile;
    if (!tile) {
      tile = new Tile(() => this.#layOut());
      this.#tiles.set(key, tile);
    }
    const nameBefore = tile.name;
    tile.update(participant);
    if (isNew) {
      // Others first, oneself last, as one looks at others most.
      const self = [...this.#tiles.values()].find((other) => other.isSelf && other !== tile);
      this.#root.insertBefore(tile.root, tile.isSelf ? null : (self?.root ?? null));
      this.#layOut();
    }
    if (isNew || nameBefore !== participant.name) {
      this.changed(isNew && !participant.self ? `${participant.name} is here` : '');
    }
  }

  show(key: number, jpeg: Uint8Array<ArrayBuffer>, shown: () => void): void {
    const tile = this.#tiles.get(key);
    if (tile) tile.show(jpeg, shown);
    else shown();
  }

  remove(key: number): void {
    const tile = this.#tiles.get(key);
    if (!tile) return;
    this.#tiles.delete(key);
    tile.root.remove();
    this.#layOut();
    this.changed(`${tile.name} has left`);
  }

  clear(): void {
    for (const tile of this.#tiles.values()) tile.root.remove();
    this.#tiles.clear();
  }

  /** Dims everything while the pictures stand still. */
  setStale(stale: boolean): void {
    this.#root.classList.toggle('is-stale', stale);
  }

  #layOut(): void {
    const tiles = [...this.#tiles.values()];
    const aspect = commonAspect(tiles.flatMap((tile) => tile.aspect ?? []));
    const style = getComputedStyle(this.#root);
    const gap = parseFloat(style.columnGap) || 0;
    const across = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const down = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    const { clientWidth, clientHeight } = this.#root;
    const { width, height } = layOut(tiles.length, clientWidth - across, clientHeight - down, aspect, gap);
    this.#root.style.setProperty('--tile-width', `${width}px`);
    this.#root.style.setProperty('--tile-height', `${height}px`);
    this.#root.classList.toggle('is-tight', width < 260);
    for (const tile of tiles) tile.fit(width / height);
  }
}
