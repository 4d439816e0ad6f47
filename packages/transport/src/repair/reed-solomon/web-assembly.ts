// What of WebAssembly's JavaScript interface is used here. It belongs to no library of TypeScript that pure code
// is compiled with, and may be missing at run time.

/** A linear memory, in pages of 64 KiB. */
export interface LinearMemory {
  /** Another one after each `grow`. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WebAssemblyInterface {
  validate(code: Uint8Array): boolean;
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
}

declare const WebAssembly: WebAssemblyInterface | undefined;

/**
 * Compiles a module, at once, and gives what it exports.
 * @returns undefined where WebAssembly is missing, switched off, or lacks an instruction that the module has
 */
export function instantiate(code: Uint8Array): unknown {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(code)) return undefined;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
  } catch {
    return undefined; // a browser's content security policy, or no memory
  }
}
