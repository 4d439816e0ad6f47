import { partsOf } from '../links.js';
import type { ChatLine } from '../views.js';
import { LONGEST_CHAT } from '../wire.js';
import { byId, element, nameOf } from './dom.js';

/** The chat: what was written, and a field to write. */
export class ChatPanel {
  readonly #log = byId('chat-log');
  readonly #form = byId('chat-form');
  readonly #field = byId<HTMLTextAreaElement>('chat-field');
  readonly #lines = new Map<string, { line: ChatLine; shown: HTMLElement }>();

  constructor(private readonly write: (text: string) => void) {
    this.#field.maxLength = LONGEST_CHAT;
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener('input', () => this.#grow());
    byId('chat-send').addEventListener('click', () => this.#send());
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** @returns whether the line is new */
  add(line: ChatLine): boolean {
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    const before = this.#lines.get(line.id);
    const previous = before ? undefined : [...this.#lines.values()].at(-1)?.line;
    const shown = lineElement(line, previous);
    if (before) before.shown.replaceWith(shown);
    else this.#log.append(shown);
    this.#lines.set(line.id, { line, shown });
    if (this.#lines.size > MOST_LINES) this.#forgetOldest();
    if (atEnd || line.self) this.#log.scrollTop = this.#log.scrollHeight;
    return !before;
  }

  clear(): void {
    this.#lines.clear();
    this.#log.replaceChildren();
  }

  setWritable(writable: boolean): void {
    this.#form.hidden = !writable;
  }

  /** Called when the panel is opened. */
  focus(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    if (!this.#form.hidden) this.#field.focus();
  }

  #send(): void {
    const text = this.#field.value.trim();
    if (text === '') return;
    this.write(text);
    this.#field.value = '';
    this.#grow();
    this.#field.focus();
  }

  #grow(): void {
    this.#field.style.height = 'auto';
    this.#field.style.height = `${Math.min(this.#field.scrollHeight + 2, 140)}px`;
  }

  #forgetOldest(): void {
    const [id] = this.#lines.keys();
    if (id === undefined) return;
    this.#lines.get(id)?.shown.remove();
    this.#lines.delete(id);
  }
}

function lineElement(line: ChatLine, previous: ChatLine | undefined): HTMLElement {
  const { from, self = false, text, at } = line;
  const goesOn = previous?.from === from && (previous.self ?? false) === self && at - previous.at < TOGETHER;
  const when = new Date(at / 1000);
  const time = element('time', 'time', when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  if (!Number.isNaN(when.getTime())) time.dateTime = when.toISOString();
  const head = element('div', 'head', nameOf(self ? 'You' : from), time);
  const body = element('div', 'text');
  body.dir = 'auto';
  for (const part of partsOf(text))
    body.append(part.href === undefined ? part.text : linkTo(part.href, part.text));
  const classes = `line${self ? ' is-self' : ''}${goesOn ? ' goes-on' : ''}`;
  return element('li', classes, head, body);
}

function linkTo(href: string, text: string): HTMLElement {
  const link = element('a', '', text);
  link.href = href;
  link.title = href;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return link;
}

const MOST_LINES = 200;
/** Lines of one person within this time, microseconds, stand under one name. */
const TOGETHER = 120e6;
