/** What an error can carry besides its message. */
export interface HhbErrorOptions {
  /** What the user can do about it, as one sentence. */
  hint?: string | undefined;
  /** The error that led to this one. */
  cause?: unknown;
}

/**
 * The error of every HelloHayBye package. Tell errors apart by `code`, which is stable and documented in
 * the README of the package that throws it; `instanceof` fails between an ESM and a CJS copy.
 */
export class HhbError extends Error {
  override readonly name = 'HhbError';
  /** A stable name in kebab case, for example `port-in-use`. */
  readonly code: string;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: HhbErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** Whether a thrown value is an error of ours and, when `code` is given, has that code. */
export function isHhbError(error: unknown, code?: string): error is HhbError {
  if (!(error instanceof Error) || error.name !== 'HhbError') return false;
  return code === undefined || (error as HhbError).code === code;
}

/** The message of a thrown value of any kind. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
