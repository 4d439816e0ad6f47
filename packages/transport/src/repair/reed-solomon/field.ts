// GF(256) of RFC 5510, section 8.1: polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1 (0x11d); bit n of a
// byte is the coefficient of x^n. Adding and subtracting are both XOR. The powers of 2 are all elements but 0.

/** `power[n]` is 2 to the power of n, for n from 0 to 764: a sum of three logarithms need not be reduced. */
export const power = new Uint8Array(3 * 255);

/** `logarithm[a]` is the n from 0 to 254 with 2^n = a. 0 has none; what stands there means nothing. */
export const logarithm = new Uint8Array(256);

for (let exponent = 0, value = 1; exponent < power.length; exponent++) {
  power[exponent] = value;
  logarithm[value] = exponent % 255;
  value = value < 0x80 ? value << 1 : (value << 1) ^ 0x11d;
}

/** The product of two elements. */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : power[logarithm[a]! + logarithm[b]!]!;
}

/** The exponent from 0 to 254 that stands for the same power of 2 as any whole number does. */
export const reduced = (exponent: number): number => ((exponent % 255) + 255) % 255;
