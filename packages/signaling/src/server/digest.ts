import { hash } from 'node:crypto';

/** What others know a client by whose `instanceKey` is given: all servers make the same of it. */
export const instanceOf = (instanceKey: string): string => digest(`instance ${instanceKey}`);

/** A digest from which nobody finds the text: 16 bytes of SHA-256, in hex. */
export const digest = (text: string): string => hash('sha256', text, 'hex').slice(0, 32);
