// What pure code may have of node:crypto: hashes and derivations, whose result depends on their input alone.
declare module 'node:crypto' {
  export function hkdfSync(
    digest: 'sha256',
    keyMaterial: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
  ): ArrayBuffer;
}
