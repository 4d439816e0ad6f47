import { HhbError } from '@hellohaybye/core';
import { hideSecrets } from '../source/checks.js';

/** What was to be read when ffmpeg ended. */
export interface Intent {
  kind: 'camera' | 'screen' | 'microphone' | 'file' | 'url';
  /** For people. */
  label: string;
  /** What was wanted of it. */
  medium: 'video' | 'audio';
}

/** How an ffmpeg ended: its exit, and the last lines of what it said. */
export interface End {
  error: string | undefined;
  lines: readonly string[];
}

/** Says in one line, with a stable code, why ffmpeg ended. What it said itself goes into `cause`. */
export function explain(intent: Intent, { error, lines }: End): HhbError {
  const end: End = { error, lines: lines.map(hideSecrets) };
  const { kind, label, medium } = intent;
  const said = end.lines.join('\n');
  const cause = new Error(said === '' ? (end.error ?? 'ffmpeg ended') : said);
  const fail = (code: string, message: string, hint?: string): HhbError =>
    new HhbError(code, message, { cause, hint });

  if (/Stream map .* matches no streams|does not contain any stream/.test(said)) {
    return fail('not-media', `${label} has no ${medium === 'video' ? 'picture' : 'sound'}`);
  }
  if (/Device or resource busy|already in use|Could not run graph/i.test(said)) {
    return fail('source-failed', `${label} is in use`, 'Close the program that uses it.');
  }
  if (/Permission denied|Operation not permitted|not authorized/i.test(said)) {
    const hint = kind === 'camera' ? 'On Linux, cameras are for the group "video".' : undefined;
    return fail('source-failed', `${label} may not be read`, hint);
  }
  if (/Protocol not found/.test(said))
    return fail('bad-source', `${label}: ffmpeg does not know this kind of URL`);
  if (/Invalid data found|could not find codec parameters|Is a directory|moov atom not found/i.test(said)) {
    if (kind === 'file' || kind === 'url')
      return fail('not-media', `${label} is no media that ffmpeg can read`);
  }
  if (
    kind === 'screen' &&
    /Cannot open display|Can't open display|Could not find (video )?device/i.test(said)
  ) {
    return fail('screen-not-found', `${label} was not found`, 'Is DISPLAY right, and may you use it?');
  }
  const missing =
    /No such (file|device|process|entity)|Could not find (audio|video) (only )?device|not found|No route/i;
  if (kind === 'camera' && missing.test(said)) return fail('camera-not-found', `${label} was not found`);
  if (kind === 'microphone' && (missing.test(said) || /Input\/output error|cannot open/i.test(said))) {
    return fail('microphone-not-found', `${label} was not found`);
  }
  if (kind === 'file' && missing.test(said)) return fail('file-not-found', `${label} was not found`);
  return fail('source-failed', `${label}: ${gist(end, label)}`);
}

/** The line that tells most: the last that is about an error, without addresses in memory and our label. */
function gist(end: End, label: string): string {
  const telling = end.lines.findLast((line) =>
    /error|fail|refused|invalid|timed? ?out|unable|not /i.test(line),
  );
  const line = telling ?? end.error ?? 'it ended';
  return line
    .replace(/^\[[^\]]*\] */, '')
    .replace(`${label}: `, '')
    .slice(0, 160)
    .trim();
}
