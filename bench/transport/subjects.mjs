// What is measured side by side. A subject that runs in Node is a module with
//   receive(settings, whole)  gives {at, close, expect?, lost?, answered?}: calls whole(frame) with each whole frame
//   send(settings)            gives {send(frame, capturedAt), close, answer?}: `settings.at` is the receiver's `at`
// A program is a module with open(bytes): see programs.mjs.
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ours = { module: 'ours', worker: false };
const settings = {
  dgram: { module: 'dgram' },
  ours: { ...ours, pacing: false },
  'ours-paced': ours,
  'ours-worker': { ...ours, worker: true, pacing: false },
  'ours-worker-paced': { ...ours, worker: true },
  'ours-encrypted': { ...ours, pacing: false, encrypted: true },
  'ours-encrypted-paced': { ...ours, encrypted: true },
  ws: { module: 'ws' },
  werift: { module: 'werift', needs: 'werift' },
  'node-datachannel': { module: 'node-datachannel', needs: 'node-datachannel' },
  ffmpeg: { program: 'ffmpeg' },
  gstreamer: { program: 'gst-launch-1.0' },
};

/** The subject's settings, with its module's name; undefined for a name that is none. */
export const settingsOf = (name) => settings[name];

/** Of the subjects named, those that are there; the others are told, each with its reason. */
export function installed(names, emit) {
  return names.filter((name) => {
    const { needs, program } = settings[name];
    const missing = needs ? resolvePeer(needs) === undefined && needs : program && !runs(program) && program;
    if (missing) emit({ what: 'skipped', subject: name, reason: `${missing} is not installed` });
    return !missing;
  });
}

/** Imports a package that is no dependency of this repository, from where HHB_BENCH_PEERS says it is. */
export const importPeer = async (name) => import(resolvePeer(name) ?? name);

function resolvePeer(name) {
  const folder = process.env.HHB_BENCH_PEERS;
  try {
    const from = folder ? pathToFileURL(join(folder, 'package.json')) : import.meta.url;
    return pathToFileURL(createRequire(from).resolve(name)).href;
  } catch {
    return undefined;
  }
}

const runs = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
