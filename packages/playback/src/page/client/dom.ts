import { hueOf, initialsOf } from '../layout.js';

/** A new element with a class, and children within. Texts become text, never markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** Somebody's name, whose direction stays its own. */
export function nameOf(name: string, className = 'name'): HTMLElement {
  const made = element('bdi', className, name);
  made.title = name;
  return made;
}

/** A round picture that stands for a name. */
export function badgeOf(name: string): HTMLElement {
  const made = element('span', 'badge', initialsOf(name));
  made.style.setProperty('--hue', String(hueOf(name)));
  made.setAttribute('aria-hidden', 'true');
  return made;
}

/** A button that does something. */
export function button(
  className: string,
  pressed: () => void,
  ...children: (Node | string)[]
): HTMLButtonElement {
  const made = element('button', className, ...children);
  made.type = 'button';
  made.addEventListener('click', pressed);
  return made;
}

/** The element of that id, which the page's HTML has. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found as Kind;
}

/** Whether the keys go into a text. */
export const isTyping = (): boolean => document.activeElement?.matches('input, textarea') ?? false;
