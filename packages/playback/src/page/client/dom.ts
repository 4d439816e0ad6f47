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

/** The element of that id, which the page's HTML has. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A drawing of 24 by 24 units in the colour of the text around it, for the eyes only. */
export function icon(...paths: string[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const path of paths) {
    const drawn = document.createElementNS(SVG, 'path');
    drawn.setAttribute('d', path);
    svg.append(drawn);
  }
  return svg;
}
