import { MOST_CROPPED, hueOf, initialsOf, meterOf } from '../layout.js';
import { statesOf } from '../texts.js';
import type { WireParticipant } from '../wire.js';
import { element } from './dom.js';
import { icon } from './icons.js';

/** From this level on somebody is taken to be speaking, as a share of the meter. */
const SPEAKING = 0.3;

/** One participant: picture, name and state. */
export class Tile {
  readonly root: HTMLElement;
  /** Width over height of the picture; undefined before the first. */
  aspect: number | undefined;
  participant: WireParticipant = { name: '' };
  readonly #canvas = element('canvas', 'picture');
  readonly #context = this.#canvas.getContext('2d', { alpha: false });
  readonly #initials = element('span', 'initials');
  readonly #name = element('bdi', 'name');
  readonly #you = element('span', 'you', 'you');
  readonly #fps = element('span', 'fps');
  readonly #note = element('span', 'note');
  readonly #meter = element('span', 'meter', element('i', ''), element('i', ''), element('i', ''));
  #decoding = false;
  #next: { jpeg: Uint8Array<ArrayBuffer>; shown: () => void } | undefined;

  /** @param reshaped called when the picture has got another shape */
  constructor(private readonly reshaped: () => void) {
    this.#canvas.setAttribute('role', 'img');
    this.#meter.setAttribute('aria-hidden', 'true');
    const muted = element('span', 'muted', icon('microphone-off'));
    const label = element('footer', 'label', muted, this.#meter, this.#name, this.#you);
    const corner = element('div', 'corner', this.#note, this.#fps);
    const avatar = element('div', 'avatar', this.#initials);
    const held = element('div', 'held', icon('hold'), 'On hold');
    this.root = element('article', 'tile', this.#canvas, avatar, held, corner, label);
  }

  get name(): string {
    return this.participant.name;
  }

  get isSelf(): boolean {
    return this.participant.self ?? false;
  }

  update(participant: WireParticipant): void {
    const { name, self = false, muted = false, cameraOff = false, onHold = false, fps, note } = participant;
    const classes = this.root.classList;
    this.participant = participant;
    classes.toggle('is-self', self);
    classes.toggle('is-mirrored', participant.mirrored ?? false);
    classes.toggle('is-muted', muted);
    classes.toggle('is-camera-off', cameraOff);
    classes.toggle('is-held', onHold);
    const out = muted || onHold ? 0 : meterOf(participant.level);
    classes.toggle('is-speaking', out >= SPEAKING);
    this.#meter.style.setProperty('--level', out.toFixed(2));
    this.root.style.setProperty('--hue', String(hueOf(name)));
    this.#name.textContent = name;
    this.#name.title = name;
    this.#initials.textContent = initialsOf(name);
    this.#fps.textContent = fps === undefined || cameraOff || onHold ? '' : `${Math.round(fps)} fps`;
    this.#note.textContent = note ?? (participant.away ? 'away' : '');
    const states = [self ? 'you' : '', ...statesOf(participant), note ?? ''];
    const label = [name, ...states.filter(Boolean)].join(', ');
    if (this.root.ariaLabel !== label) this.root.ariaLabel = label;
    this.#canvas.ariaLabel = `Picture of ${name}`;
  }

  /** Shows a picture. While one is being decoded only the newest of those that come is kept. */
  show(jpeg: Uint8Array<ArrayBuffer>, shown: () => void): void {
    this.#next?.shown();
    this.#next = { jpeg, shown };
    if (!this.#decoding) void this.#decode();
  }

  /** Lays the picture into the tile: filling it when little is lost by that, else whole. */
  fit(tileAspect: number): void {
    const aspect = this.aspect ?? tileAspect;
    const cropped = 1 - Math.min(aspect / tileAspect, tileAspect / aspect);
    this.#canvas.style.objectFit = cropped <= MOST_CROPPED + 0.01 ? 'cover' : 'contain';
  }

  async #decode(): Promise<void> {
    this.#decoding = true;
    for (let current = this.#next; current; current = this.#next) {
      this.#next = undefined;
      try {
        const bitmap = await createImageBitmap(new Blob([current.jpeg], { type: 'image/jpeg' }));
        this.#draw(bitmap);
        bitmap.close();
      } catch {
        // A picture that can't be decoded is passed over; the next one comes soon.
      }
      current.shown();
    }
    this.#decoding = false;
  }

  #draw(bitmap: ImageBitmap): void {
    const canvas = this.#canvas;
    const aspect = bitmap.width / bitmap.height;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#context?.drawImage(bitmap, 0, 0);
    this.root.classList.add('has-picture');
    if (aspect === this.aspect) return;
    this.aspect = aspect;
    this.reshaped();
  }
}
