const SVG = 'http://www.w3.org/2000/svg';

/** A drawing of 24 by 24 units in the colour of the text around it, for the eyes only. */
export function icon(name: keyof typeof drawings): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const path of drawings[name]) {
    const drawn = document.createElementNS(SVG, 'path');
    drawn.setAttribute('d', path);
    svg.append(drawn);
  }
  return svg;
}

const MICROPHONE = 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM6 11a6 6 0 0 0 12 0M12 17v4';
const CAMERA = 'M4 7h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2ZM15 11l6-3.5v9L15 13';
const STRIKE = 'M4 4l16 16';

const drawings = {
  microphone: [MICROPHONE],
  'microphone-off': [MICROPHONE, STRIKE],
  camera: [CAMERA],
  'camera-off': [CAMERA, STRIKE],
  hold: ['M9 5v14M15 5v14'],
  resume: ['M8 5.5v13l10.5-6.5Z'],
  here: ['M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 21a7.5 7.5 0 0 1 15 0'],
  away: ['M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z'],
  phone: [
    'M21 16.5v2.6a1.9 1.9 0 0 1-2.1 1.9A18.5 18.5 0 0 1 3 5.1 1.9 1.9 0 0 1 4.9 3h2.7c.9 0 1.6.6 1.8 1.5l.6 2.6c.1.6 0 1.3-.5 1.7L8.2 10.1a15 15 0 0 0 5.7 5.7l1.3-1.3c.4-.4 1.1-.6 1.7-.5l2.6.6c.9.2 1.5 1 1.5 1.9Z',
  ],
  'hang-up': [
    'M2.5 14.8v-1.5C2.5 9.8 6.9 8 12 8s9.5 1.8 9.5 5.3v1.5c0 .7-.6 1.2-1.3 1.2h-2.8c-.6 0-1.1-.4-1.2-1l-.4-2.2a12 12 0 0 0-7.6 0L7.8 15c-.1.6-.6 1-1.2 1H3.8c-.7 0-1.3-.5-1.3-1.2Z',
  ],
  people: [
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6.3M18.5 14.5A6.5 6.5 0 0 1 21.5 20',
  ],
  chat: ['M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z'],
  close: ['M6 6l12 12M18 6L6 18'],
} satisfies Record<string, string[]>;
