import { presets, type LinkOptions } from '@hellohaybye/transport/netsim';

/** The networks that the demo can run over: the presets of the simulated network, and one that is cut. */
export const impairments = { ...presets, unplugged: { loss: 1 } } satisfies Record<string, LinkOptions>;

export type ImpairmentName = keyof typeof impairments;
