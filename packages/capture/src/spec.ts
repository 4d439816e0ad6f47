import { HhbError } from '@hellohaybye/core';

/** Where video comes from. `id` is missing for the machine's default. */
export type VideoSpec =
  | { kind: 'camera' | 'screen'; id?: string }
  | { kind: 'file'; path: string }
  | { kind: 'url'; url: string }
  | { kind: 'test' | 'none' };

/** Where audio comes from. `id` is missing for the machine's default. */
export type AudioSpec =
  | { kind: 'mic'; id?: string }
  | { kind: 'file'; path: string }
  | { kind: 'url'; url: string }
  | { kind: 'tone' | 'none' };

/**
 * Reads what a user wrote for video: `camera`, `camera:<id>`, `screen`, `screen:<id>`, `file:<path>`, `test`,
 * `none`, a URL, or a path that can't be anything else (`./a.mp4`, `/a.mp4`, `C:\a.mp4`, `a.mp4`).
 * @throws HhbError `bad-source`
 */
export function parseVideoSpec(spec: string): VideoSpec {
  const device = readDevice(spec, ['camera', 'screen']);
  if (device) return device as VideoSpec;
  if (spec === 'test' || spec === 'none') return { kind: spec };
  return readPlace(spec) ?? refuse(spec, videoForms);
}

/**
 * Reads what a user wrote for audio: `mic`, `mic:<id>`, `file:<path>`, `tone`, `none`, a URL, or a path that
 * can't be anything else.
 * @throws HhbError `bad-source`
 */
export function parseAudioSpec(spec: string): AudioSpec {
  const device = readDevice(spec, ['mic']);
  if (device) return device as AudioSpec;
  if (spec === 'tone' || spec === 'none') return { kind: spec };
  return readPlace(spec) ?? refuse(spec, audioForms);
}

function readDevice(spec: string, kinds: string[]): { kind: string; id?: string } | undefined {
  const colon = spec.indexOf(':');
  const kind = colon === -1 ? spec : spec.slice(0, colon);
  if (!kinds.includes(kind)) return undefined;
  if (colon === -1) return { kind };
  const id = spec.slice(colon + 1);
  if (id === '')
    throw new HhbError('bad-source', `${kind}: needs an id after the colon`, { hint: seeDevices });
  return { kind, id };
}

function readPlace(spec: string): { kind: 'file'; path: string } | { kind: 'url'; url: string } | undefined {
  if (spec.startsWith('file:')) {
    const path = spec.startsWith('file://') ? fromFileUrl(spec) : spec.slice('file:'.length);
    if (path === '') throw new HhbError('bad-source', 'file: needs a path after the colon');
    return { kind: 'file', path };
  }
  // One letter and a colon is a drive, not a scheme.
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(spec)) return { kind: 'url', url: spec };
  if (/^[a-z]:[\\/]/i.test(spec) || /^[./~\\]/.test(spec) || /^[^:]+\.[a-z0-9]{2,4}$/i.test(spec)) {
    return { kind: 'file', path: spec };
  }
  return undefined;
}

function fromFileUrl(url: string): string {
  try {
    const path = decodeURIComponent(new URL(url).pathname);
    return /^\/[a-z]:\//i.test(path) ? path.slice(1) : path;
  } catch {
    throw new HhbError('bad-source', `This is no file URL: ${short(url)}`);
  }
}

function refuse(spec: string, forms: string): never {
  throw new HhbError('bad-source', `"${short(spec)}" is no source`, { hint: `Use ${forms}.` });
}

const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
const videoForms = 'camera, camera:<id>, screen, screen:<id>, file:<path>, test, none or a URL';
const audioForms = 'mic, mic:<id>, file:<path>, tone, none or a URL';
const seeDevices = 'List the devices to see their ids.';
