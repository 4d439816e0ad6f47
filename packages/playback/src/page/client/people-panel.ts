import { keyTexts, statesOf } from '../texts.js';
import type { RosterPerson } from '../views.js';
import type { WireParticipant } from '../wire.js';
import { badgeOf, button, byId, element, nameOf } from './dom.js';
import { icon } from './icons.js';

/** Who is in the call, and who else is there. */
export class PeoplePanel {
  readonly #root = byId('people');
  #shown = '';

  constructor(private readonly call: (id: string) => void) {}

  /** Called often: what is there already is left as it is, so that nobody loses the button under their finger. */
  update(here: WireParticipant[], others: RosterPerson[]): void {
    const shown = JSON.stringify([
      here.map(({ name, self, ...state }) => [name, self, statesOf(state), state.words, state.key]),
      others,
    ]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const sections = [
      list(
        'In this call',
        here.map((person) => row(person, person.self ? ['you'] : [])),
      ),
    ];
    if (others.length > 0)
      sections.push(
        list(
          'Others',
          others.map((person) => this.#other(person)),
        ),
      );
    const comparable = here.filter(({ words }) => words !== undefined);
    if (comparable.length > 0) sections.push(comparison(comparable));
    this.#root.replaceChildren(...sections);
  }

  #other(person: RosterPerson): HTMLElement {
    const made = row(person, person.room ? [`in ${person.room}`] : []);
    made.classList.toggle('is-idle', !person.callable);
    if (!person.callable) return made;
    const call = button('call', () => this.call(person.id), icon('phone'));
    call.ariaLabel = `Call ${person.name}`;
    call.title = 'Call';
    made.append(call);
    return made;
  }
}

const list = (title: string, rows: HTMLElement[]): HTMLElement =>
  element('section', 'group', element('h3', '', `${title} (${rows.length})`), element('ul', '', ...rows));

/** The words of everybody's keys, one's own among them, as the others have to see them too. */
function comparison(people: WireParticipant[]): HTMLElement {
  const rows = people.map(({ name, self, words = '', key }) => {
    const state = self ? 'you' : key && keyTexts[key];
    const texts = element('div', 'texts', nameOf(name), element('span', 'words', words));
    if (state) texts.append(element('span', `state key-${key ?? 'own'}`, state));
    return element('li', 'person compared', texts);
  });
  const advice = element('p', 'advice', 'Read them to each other: who you talk to must see the same.');
  const made = list('Compare', rows);
  made.children[0]!.after(advice);
  return made;
}

function row(person: { name: string } & Parameters<typeof statesOf>[0], more: string[]): HTMLElement {
  const states = [...more, ...statesOf(person)].join(' · ');
  const texts = element('div', 'texts', nameOf(person.name));
  if (states) texts.append(element('bdi', 'state', states));
  return element('li', 'person', badgeOf(person.name), texts);
}
