import type { Controls, PageControl } from './views.js';

/** What a key does: a control of the call, or a panel to open. */
export type Shortcut = PageControl | 'chat' | 'people';

/** A key as the browser tells it. */
export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

/** What a key does as things stand: m mutes, v is the camera, h holds, w is being away, c opens the chat, p the people. */
export function shortcutOf(
  { key, ctrlKey, metaKey, altKey, repeat }: Key,
  controls: Controls,
): Shortcut | undefined {
  if (ctrlKey || metaKey || altKey || repeat) return undefined;
  const kind = kinds[key.toLowerCase()];
  if (kind === 'chat' || kind === 'people') return kind;
  return kind && toggleOf(kind, controls);
}

/** What a button that switches something asks for as things stand; undefined when there is no such button. */
export function toggleOf(kind: Toggle, controls: Controls): PageControl | undefined {
  const state = controls[kind];
  if (state === undefined) return undefined;
  return toggles[kind][state ? 1 : 0];
}

/** What can be switched. */
export type Toggle = 'muted' | 'cameraOff' | 'onHold' | 'away';

const kinds: Partial<Record<string, Toggle | 'chat' | 'people'>> = {
  m: 'muted',
  v: 'cameraOff',
  h: 'onHold',
  w: 'away',
  c: 'chat',
  p: 'people',
};

const toggles: Record<Toggle, [PageControl, PageControl]> = {
  muted: ['mute', 'unmute'],
  cameraOff: ['camera-off', 'camera-on'],
  onHold: ['hold', 'resume'],
  away: ['away', 'back'],
};
