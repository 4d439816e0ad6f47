import { uniform, type Random } from '@hellohaybye/core';

/** What of a JSON Schema is looked at here; the schemas of signaling need no more. */
export interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  propertyNames?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  format?: string;
}

/** What has been seen of a field, by its name: with values of its own an invention gets further than with noise. */
export type Seen = (field: string) => readonly unknown[];

/** Any value that a schema allows, made for the greater part of what was seen in fields of the same name. */
export function invent(schema: JsonSchema, random: Random, seen: Seen, field = ''): unknown {
  const known = seen(field);
  if (known.length > 0 && uniform(random) < 0.75) return pick(known, random);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return pick(schema.enum, random);
  if (schema.anyOf) return invent(pick(schema.anyOf, random), random, seen, field);
  switch (schema.type) {
    case 'boolean':
      return uniform(random) < 0.5;
    case 'integer':
    case 'number':
      return numberOf(schema, random);
    case 'string':
      return textOf(schema, random);
    case 'array': {
      const { items = {}, minItems = 0, maxItems = Infinity } = schema;
      const length = Math.max(minItems, Math.min(maxItems, below(random, 4)));
      return Array.from({ length }, () => invent(items, random, seen, singular(field)));
    }
    case 'object':
      return objectOf(schema, random, seen);
    default:
      throw new Error(`A schema of a kind that nothing is invented for: ${JSON.stringify(schema)}`);
  }
}

/** One of many. */
export const pick = <Value>(values: readonly Value[], random: Random): Value =>
  values[below(random, values.length)] as Value;

/** A whole number from 0 to below a bound. */
export const below = (random: Random, bound: number): number => Math.floor(uniform(random) * bound);

function objectOf(schema: JsonSchema, random: Random, seen: Seen): unknown {
  const { properties = {}, required = [], additionalProperties } = schema;
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (required.includes(name) || uniform(random) < 0.6) made[name] = invent(property, random, seen, name);
  }
  if (typeof additionalProperties === 'object') {
    for (const name of ['video', 'audio', 'more'].slice(below(random, 3))) {
      made[name] = invent(additionalProperties, random, seen, name);
    }
  }
  return made;
}

function numberOf({ type, minimum = 0, maximum = 1e6 }: JsonSchema, random: Random): number {
  const edges = uniform(random);
  if (edges < 0.15) return minimum;
  if (edges < 0.25) return maximum;
  const value = minimum + uniform(random) * (maximum - minimum);
  return type === 'integer' ? Math.round(value) : value;
}

function textOf({ format, pattern = '' }: JsonSchema, random: Random): string {
  if (format === 'ipv4') return pick(['127.0.0.1', '127.0.0.2', '192.0.2.7'], random);
  if (format === 'ipv6') return pick(['::1', '2001:db8::7'], random);
  const fits = texts.filter((text) => new RegExp(pattern).test(text));
  if (fits.length === 0) throw new Error(`Nothing is invented that fits ${pattern}`);
  return pick(fits, random);
}

/** Fields that hold many of what another field holds one of. */
const singular = (field: string): string => ({ participants: 'participant', ids: 'id' })[field] ?? field;

/** Each pattern of signaling has one that fits. */
const texts = [
  'somebody',
  'tea',
  'attic',
  'call-ended',
  'AES_CM_128_HMAC_SHA1_80',
  'AEAD_AES_128_GCM',
  'NONE',
  'A'.repeat(43),
  `${'k'.repeat(42)}A`,
  `${'s'.repeat(21)}A`,
  't'.repeat(32),
  'Zo\u00eb \u{1f480}',
];
