// What pure code may use of node:crypto: ciphers and hashes, which depend on nothing but their input, and no random
// bytes. Seen by tsconfig.pure.json alone, where Node's own types are missing.
declare module 'node:crypto' {
  interface KeyObject {
    readonly type: string;
  }
  interface Cipher {
    setAutoPadding(on: boolean): this;
    setAAD(data: Uint8Array): this;
    setAuthTag(tag: Uint8Array): this;
    getAuthTag(): Uint8Array;
    update(data: Uint8Array): Uint8Array<ArrayBuffer>;
    final(): Uint8Array;
  }
  type Create = (
    algorithm: string,
    key: KeyObject,
    iv: Uint8Array | null,
    options?: { authTagLength: number },
  ) => Cipher;
  export const createCipheriv: Create;
  export const createDecipheriv: Create;
  export function createSecretKey(key: Uint8Array): KeyObject;
  export function hash(algorithm: string, data: Uint8Array, encoding: 'binary'): string;
  export function hkdfSync(
    digest: string,
    key: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
  ): ArrayBuffer;
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
  export type { KeyObject };
}
