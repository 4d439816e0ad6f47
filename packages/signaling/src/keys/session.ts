import { randomBytes } from 'node:crypto';
import { toBase64url } from '../protocol/base64url.js';

/** A new session: 16 bytes drawn by node:crypto, as base64url. Announced in `media.protection`. */
export const generateSession = (): string => toBase64url(randomBytes(16));
