/**
 * Asks several at once.
 * @param attempts each is called at once, with a signal that ends when another has answered, or with `signal`;
 *   undefined and errors are no answers
 * @returns the first answer; undefined when there is none
 */
export async function firstAnswer<Answer>(
  attempts: readonly ((signal: AbortSignal) => Promise<Answer | undefined>)[],
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  const others = new AbortController();
  const ending = signal ? AbortSignal.any([signal, others.signal]) : others.signal;
  const answers = attempts.map(async (attempt) => (await attempt(ending)) ?? Promise.reject(nobody));
  try {
    return await Promise.any(answers);
  } catch {
    return undefined;
  } finally {
    others.abort();
  }
}

const nobody = new Error('no answer');
