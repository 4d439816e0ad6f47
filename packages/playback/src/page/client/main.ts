import { outcomeText } from '../texts.js';
import { shortcutOf } from '../shortcuts.js';
import type { PageControl, RosterPerson } from '../views.js';
import type { ServerMessage } from '../wire.js';
import { ChatPanel } from './chat-panel.js';
import { connect } from './connection.js';
import { ControlsBar } from './controls-bar.js';
import { byId, isTyping } from './dom.js';
import { showNotice } from './notices.js';
import { OutgoingCalls } from './outgoing-calls.js';
import { PageAccess } from './page-access.js';
import { PeoplePanel } from './people-panel.js';
import { RingingDialog } from './ringing-dialog.js';
import { SidePanel, type Side } from './side-panel.js';
import { Stage } from './stage.js';
import { Title } from './title.js';
import { playArrival } from './tones.js';

const KEYLESS = 'This address lacks its end, after the #: open the whole address that your call printed.';
const REFUSED = 'This address opened a window already. Open the last one that your call printed.';

const banner = byId('banner');
const announcer = byId('announcer');
const status = byId('status');

let fresh = true;
/** Lines of chat that came while the chat was not open. */
let unread = 0;
/** Who else is there; undefined as long as nobody says. */
let others: RosterPerson[] | undefined;
const title = new Title();
const stage = new Stage((news) => {
  if (!news) return;
  announcer.textContent = news;
  playArrival().catch(() => undefined); // a device that does not sound: it is seen all the same
});
const ask = (control: PageControl) => send({ type: 'control', control });
const side = new SidePanel((open) => {
  if (open === 'chat') {
    unread = 0;
    chat.focus();
  }
  showPanels();
});
const controls = new ControlsBar(ask, (panel) => side.toggle(panel));
const people = new PeoplePanel((id) => send({ type: 'call', id }));
const chat = new ChatPanel((text) => send({ type: 'chat', text }));
const outgoing = new OutgoingCalls((id) => send({ type: 'cancel', id }));
const ringing = new RingingDialog(
  (answer) => send(answer),
  (caller) => title.setCaller(caller),
);

document.addEventListener('keydown', (event) => {
  if (isTyping() || byId<HTMLDialogElement>('ringing').open) return;
  const shortcut = shortcutOf(event, controls.controls);
  if (shortcut === undefined) return;
  if (shortcut !== 'chat' && shortcut !== 'people') ask(shortcut);
  else if (isThere(shortcut)) side.toggle(shortcut);
  event.preventDefault();
});

const access = new PageAccess();
const isKeyless = access.token === '';
const keyless = () => showBanner(KEYLESS, true);
const refused = () => showBanner(REFUSED, true);
const send = isKeyless ? keyless : connect(access, { message: take, picture, lost, refused });
if (isKeyless) keyless();

function take(message: Exclude<ServerMessage, { type: 'session' }>): void {
  switch (message.type) {
    case 'hello':
      greet(message.title);
      break;
    case 'title':
      setHeading(message.title);
      break;
    case 'participant':
      stage.update(message.key, message.participant);
      break;
    case 'left':
      stage.remove(message.key);
      break;
    case 'ring':
      ringing.ring(message.call);
      break;
    case 'ring-stopped': {
      ringing.stop(message.id);
      const text = outcomeText(message.from, message.outcome);
      if (text) showNotice(text);
      break;
    }
    case 'calling':
      outgoing.update(message.call);
      break;
    case 'roster':
      others = message.people;
      break;
    case 'controls':
      controls.set(message.controls);
      chat.setWritable(message.controls.canChat ?? false);
      break;
    case 'chat':
      if (chat.add(message.line) && side.open !== 'chat' && !message.line.self) unread++;
      break;
    case 'notice':
      showNotice(message.text, message.kind);
      break;
  }
  showCounts();
  showPanels();
}

function setHeading(heading: string): void {
  byId('title').textContent = heading;
  title.set(heading);
}

/** The server tells everything anew. */
function greet(heading: string): void {
  setHeading(heading);
  stage.clear();
  stage.setStale(false);
  ringing.clear();
  outgoing.clear();
  chat.clear();
  unread = 0;
  others = undefined;
  controls.set({});
  banner.hidden = true;
  fresh = false;
}

function picture(key: number, jpeg: Uint8Array<ArrayBuffer>, shown: () => void): void {
  stage.show(key, jpeg, shown);
}

function lost(callEnded: boolean): void {
  stage.setStale(true);
  ringing.clear();
  outgoing.clear();
  controls.set({});
  showPanels();
  if (callEnded) showBanner('The call is over. You can close this window.', true);
  else showBanner(fresh ? 'Connecting…' : 'The connection to your call was lost. Trying again…', false);
}

function showBanner(text: string, isFinal: boolean): void {
  banner.hidden = false;
  banner.classList.toggle('is-final', isFinal);
  banner.textContent = text;
}

function showCounts(): void {
  const { all, others: company } = stage.counts;
  byId('empty').hidden = all > 0;
  status.textContent =
    all === 0 ? '' : company === 0 ? 'Waiting for others' : all === 1 ? '1 person' : `${all} people`;
  status.classList.toggle('is-waiting', all > 0 && company === 0);
}

function isThere(panel: Side): boolean {
  return panel === 'people'
    ? others !== undefined || stage.people.some(({ words }) => words !== undefined)
    : controls.controls.canChat === true || !chat.isEmpty;
}

function showPanels(): void {
  if (side.open && !isThere(side.open)) side.show(undefined);
  for (const panel of ['people', 'chat'] as const) {
    controls.setPanel(panel, {
      there: isThere(panel),
      open: side.open === panel,
      news: panel === 'chat' ? unread : 0,
    });
  }
  if (side.open === 'people') people.update(stage.people, others ?? []);
}
