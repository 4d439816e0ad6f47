import type { NoticeKind } from '../views.js';
import { button, byId, element } from './dom.js';
import { icon } from './icons.js';

/** Shows a line for a while; of many the newest. */
export function showNotice(text: string, kind: NoticeKind = 'note'): void {
  const root = byId('notices');
  const line = element('div', `notice is-${kind}`, element('bdi', '', text));
  if (kind === 'error') line.setAttribute('role', 'alert');
  const close = button('dismiss', () => line.remove(), icon('close'));
  close.ariaLabel = 'Close';
  line.append(close);
  root.append(line);
  while (root.childElementCount > MOST) root.firstElementChild?.remove();
  setTimeout(() => line.remove(), kind === 'error' ? ERROR_MS : NOTE_MS);
}

const MOST = 3;
const NOTE_MS = 6000;
const ERROR_MS = 15_000;
