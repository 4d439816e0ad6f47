/**
 * Secrets that are looked for in what others can read, in every form in which a program prints or keeps bytes.
 */
export class Secrets {
  readonly #forms: Map<string, { printed: Set<string>; raw: Buffer[] }>;

  /** With those of others, to begin with. */
  constructor(others?: Secrets) {
    this.#forms = new Map(others ? others.#forms : []);
  }

  /** Texts are looked for as they are, too. */
  add(name: string, secret: string | Uint8Array): void {
    const bytes = Buffer.from(secret as Uint8Array);
    if (bytes.length < 8) throw new Error(`${name} is too short to be looked for`);
    const { printed, raw } = this.#forms.get(name) ?? { printed: new Set(), raw: [] };
    const base64 = bytes.toString('base64').replace(/=+$/, '');
    printed.add(bytes.toString('hex')).add(base64).add(bytes.toString('base64url'));
    // Bytes as JSON and Node's inspection tell them.
    printed.add([...bytes].join(',')).add([...bytes].map((byte, index) => `"${index}":${byte}`).join(','));
    if (typeof secret === 'string') printed.add(secret);
    raw.push(bytes);
    this.#forms.set(name, { printed, raw });
  }

  get names(): string[] {
    return [...this.#forms.keys()];
  }

  /** The names of those that a text holds, however it is broken into lines. */
  inText(text: string): string[] {
    const all = text.replace(/\s+/g, '');
    return this.#named(({ printed }) => [...printed].some((form) => holds(all, form)));
  }

  /** The names of those that memory holds: their bytes, or a text of one or two bytes a character. */
  inMemory(pieces: Iterable<Buffer>): string[] {
    // All are looked for at once, by their first bytes: one after the other takes a minute for a process.
    const begins = new Uint8Array(2 ** 16);
    const byStart = new Map<number, { name: string; form: Buffer }[]>();
    for (const [name, { printed, raw }] of this.#forms) {
      const texts = [...printed].flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')]);
      for (const form of [...raw, ...texts]) {
        begins[form.readUInt16BE()] = 1;
        const start = form.readUInt32BE();
        byStart.set(start, [...(byStart.get(start) ?? []), { name, form }]);
      }
    }
    const found = new Set<string>();
    for (const piece of pieces) {
      for (let at = 0; at + 8 <= piece.length; at += 1) {
        if (begins[(piece[at]! << 8) | piece[at + 1]!] === 0) continue;
        for (const { name, form } of byStart.get(piece.readUInt32BE(at)) ?? []) {
          if (piece.subarray(at, at + form.length).equals(form)) found.add(name);
        }
      }
    }
    return [...found];
  }

  #named(test: (forms: { printed: Set<string>; raw: Buffer[] }) => boolean): string[] {
    return [...this.#forms].filter(([, forms]) => test(forms)).map(([name]) => name);
  }
}

/** Hexadecimal digits may be capitals. */
const holds = (text: string, form: string): boolean =>
  text.includes(form) || (/^[0-9a-f]+$/.test(form) && text.includes(form.toUpperCase()));
