/**
 * Makes an object print and serialise without its key and salt, by `JSON.stringify` and Node's inspection
 * (`console.log`). What is added can't be enumerated: copies to worker threads and comparisons don't see it,
 * and a copy made by hand prints in full.
 * @returns the same object
 */
export function conceal<T extends object>(secretive: T): T {
  const shown = (): object => ({ ...secretive, key: hidden, salt: hidden });
  const hide = (name: string | symbol) => Object.defineProperty(secretive, name, { value: shown });
  hide('toJSON');
  hide(inspect);
  return secretive;
}

const hidden = '[hidden]';
const inspect = Symbol.for('nodejs.util.inspect.custom');
