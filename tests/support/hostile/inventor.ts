import type { Random } from '@hellohaybye/core';
import { clientMessageSchemas, serverMessageSchemas } from '@hellohaybye/signaling';
import type { Direction, Message } from './hostile-proxy.js';
import { below, invent, pick, type JsonSchema } from './invented-values.js';

/** Makes messages up, of each type that the schemas of signaling have, for the greater part of what it has seen. */
export class Inventor {
  readonly #fields = new Map<string, unknown[]>();

  /** @param own what may stand in a field besides what was seen there */
  constructor(private readonly own: (field: string) => readonly unknown[]) {}

  /** Values are collected by the name of their field. */
  note(value: unknown, field = ''): void {
    const known = this.#fields.get(field) ?? [];
    this.#fields.set(field, known);
    if (field !== '' && field !== 'type' && known.length < MOST_KEPT) known.push(value);
    if (Array.isArray(value)) value.forEach((one) => this.note(one));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) this.note(one, name);
    }
  }

  /** @param type modulo the number of types */
  message(direction: Direction, type: number, random: Random): Message {
    const schemas = Object.values(direction === 'down' ? serverMessageSchemas : clientMessageSchemas);
    const { properties = {}, required = [] } = jsonSchemaOf(schemas[type % schemas.length]!);
    const message: Message = { type: String(properties['type']!.const) };
    for (const [name, property] of Object.entries(properties)) {
      if (name === 'type' || !(required.includes(name) || below(random, 2) === 0)) continue;
      message[name] = invent(property, random, this.#seen, name);
    }
    return message;
  }

  /** The same message, but that one field, somewhere in it, has another value. */
  altered(message: Message, random: Random): Message {
    const copy = structuredClone(message);
    let at: Record<string, unknown> = copy;
    for (;;) {
      const fields = Object.keys(at).filter((field) => at !== copy || field !== 'type');
      if (fields.length === 0) return copy;
      const field = pick(fields, random);
      const inner = at[field];
      if (typeof inner === 'object' && inner !== null && below(random, 4) > 0) {
        at = inner as Record<string, unknown>;
        continue;
      }
      const seen = this.#seen(field);
      if (typeof inner === 'string' && below(random, 3) === 0) at[field] = changed(inner, random);
      else if (seen.length > 0) at[field] = pick(seen, random);
      return copy;
    }
  }

  readonly #seen = (field: string): readonly unknown[] => [
    ...(this.#fields.get(field) ?? []),
    ...this.own(field),
  ];
}

interface Schema {
  toJSONSchema(options: object): unknown;
}

const jsonSchemas = new Map<Schema, JsonSchema>();

function jsonSchemaOf(schema: Schema): JsonSchema {
  const json = jsonSchemas.get(schema) ?? (schema.toJSONSchema({ io: 'input' }) as JsonSchema);
  jsonSchemas.set(schema, json);
  return json;
}

function changed(text: string, random: Random): string {
  const at = below(random, text.length);
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

const MOST_KEPT = 40;
