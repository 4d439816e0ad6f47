/**
 * Bytes that throw when somebody reads beyond them, where a typed array would silently give undefined. Views
 * of them are guarded as well; methods such as `indexOf` work on the bytes themselves.
 */
export function guarded(bytes: Uint8Array): Uint8Array {
  return new Proxy(bytes, {
    get(target, property) {
      if (typeof property === 'string' && /^-?\d+$/.test(property)) {
        const index = Number(property);
        if (index < 0 || index >= target.length) throw outOfRange(index, target.length);
        return target[index];
      }
      if (property === 'subarray') {
        return (start = 0, end = target.length) => {
          if (start < 0 || start > end || end > target.length) throw outOfRange(end, target.length);
          return guarded(target.subarray(start, end));
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

const outOfRange = (index: number, length: number) =>
  new Error(`read at ${index}, where there are ${length} bytes`);
