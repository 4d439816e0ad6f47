/**
 * Secrets that are looked for in what others can read, in every form in which a program prints or keeps bytes.
 */
export class Secrets {
  readonly #forms = new Map<string, { printed: Set<string>; raw: Buffer[] }>();

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

  /** The names of those that a piece of memory holds: their bytes, or a text of one or two bytes a character. */
  inMemory(memory: Buffer): string[] {
    return this.#named(
      ({ printed, raw }) =>
        raw.some((bytes) => memory.includes(bytes)) ||
        [...printed].some((form) => memory.includes(form) || memory.includes(form, 0, 'utf16le')),
    );
  }

  #named(test: (forms: { printed: Set<string>; raw: Buffer[] }) => boolean): string[] {
    return [...this.#forms].filter(([, forms]) => test(forms)).map(([name]) => name);
  }
}

/** Hexadecimal digits may be capitals. */
const holds = (text: string, form: string): boolean =>
  text.includes(form) || (/^[0-9a-f]+$/.test(form) && text.includes(form.toUpperCase()));
