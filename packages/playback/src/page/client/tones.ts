/** Plays soft tones, one after the other. @param pitches hertz */
export function playTones(context: AudioContext, pitches: readonly number[]): void {
  for (const [index, pitch] of pitches.entries()) {
    const begin = context.currentTime + index * 0.22;
    const tone = new OscillatorNode(context, { type: 'sine', frequency: pitch });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, begin);
    loudness.gain.linearRampToValueAtTime(0.16, begin + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.0005, begin + 1.1);
    tone.connect(loudness).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + 1.2);
  }
}

/** Two tones for somebody who comes: nobody is to be there unnoticed. Before a first click or key browsers stay silent. */
export async function playArrival(): Promise<void> {
  if (!navigator.userActivation?.hasBeenActive) return;
  const context = new AudioContext();
  try {
    await context.resume();
    playTones(context, ARRIVAL);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  } finally {
    await context.close();
  }
}

/** Hertz. */
const ARRIVAL = [587.33, 783.99];
