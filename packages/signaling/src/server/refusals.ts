import type { Clock } from '@hellohaybye/core';
import { oneLine } from '../protocol/text.js';
import type { Settings } from './options.js';
import { RefusalLog } from './policy/refusal-log.js';

/** Counts what is refused, and logs it without letting anybody fill the log. */
export class Refusals {
  readonly #log = new RefusalLog();

  constructor(
    private readonly settings: Pick<Settings, 'logger' | 'observer'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Something was refused.
   * @param fields what else the log tells; `reason` is made safe for a line
   */
  note(address: string, code: string, { reason, ...fields }: { connection?: number; reason: string }): void {
    const { logger, observer } = this.settings;
    observer.refused?.(code);
    const times = this.#log.note(address, code, this.clock.now());
    if (times === 0) return;
    logger.warn(
      { ...fields, address, code, reason: oneLine(reason), ...(times > 1 && { times }) },
      'refused',
    );
  }
}
