import { playTones } from './tones.js';

/** A gentle tone that repeats while a call rings. Browsers let a page sound only after a first click or key. */
export class RingTone {
  #context: AudioContext | undefined;
  #timer: number | undefined;

  /** @param audible called when it can be heard, or not yet */
  constructor(private readonly audible: (yes: boolean) => void) {
    for (const gesture of ['pointerdown', 'keydown'] as const) {
      document.addEventListener(gesture, () => this.#wake(), { capture: true, passive: true });
    }
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = window.setInterval(() => this.#play(), EVERY_MS);
    if (navigator.userActivation?.hasBeenActive) this.#wake();
    this.#play();
  }

  stop(): void {
    window.clearInterval(this.#timer);
    this.#timer = undefined;
    void this.#context?.suspend();
  }

  /** Made only once it may sound, and only while it rings: an open context costs power. */
  #wake(): void {
    if (this.#timer === undefined) return;
    this.#context ??= new AudioContext();
    if (this.#context.state === 'running') return;
    this.#context.resume().then(
      () => this.#timer !== undefined && this.#play(),
      () => undefined, // a device that does not sound: the dialog is seen all the same
    );
  }

  #play(): void {
    const context = this.#context;
    this.audible(context?.state === 'running');
    if (context?.state !== 'running') return;
    playTones(context, PITCHES);
  }
}

const EVERY_MS = 2800;
/** Hertz: a rising sixth. */
const PITCHES = [523.25, 659.25, 880];
