import type { Participant } from '@hellohaybye/signaling';
import type { Notice } from './options.js';

/** Somebody told where they are now. */
export const toldNotice = ({ name, media }: Participant): Notice => ({
  code: 'addresses',
  message: `${name} can be reached at ${media.candidates.map(({ address }) => address).join(', ')} now`,
});

/** Where somebody is sent to from now on. */
export const pathNotice = (
  name: string,
  { address, previous }: { address: string; previous?: string },
): Notice => ({
  code: 'path',
  message: `${name} is sent to at ${address} now${previous === undefined ? '' : `, no longer at ${previous}`}`,
});
