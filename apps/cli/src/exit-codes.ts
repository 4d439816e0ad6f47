/** What the exit code of every command means. */
export const exitCodes = {
  done: 0,
  /** Something failed, or the result says `ok: false`. */
  failed: 1,
  /** The command line or the settings are wrong; nothing was started. */
  usage: 2,
  /** `call`: somebody declined, or is in another call, and nobody came. */
  declined: 3,
  /** `call`: nobody answered. */
  unanswered: 4,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
