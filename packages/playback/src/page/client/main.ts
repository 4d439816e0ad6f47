import { connect } from './connection.js';
import { byId } from './dom.js';
import { Stage } from './stage.js';

const heading = byId('title');
const status = byId('status');
const empty = byId('empty');
const banner = byId('banner');
const announcer = byId('announcer');

let fresh = true;
const stage = new Stage((news) => {
  showCounts();
  if (news) announcer.textContent = news;
});

connect({
  message(message) {
    if (message.type === 'hello') {
      heading.textContent = message.title;
      document.title = message.title;
      // The server tells everything anew.
      stage.clear();
      stage.setStale(false);
      banner.hidden = true;
      fresh = false;
      showCounts();
    } else if (message.type === 'participant') stage.update(message.key, message.participant);
    else stage.remove(message.key);
  },
  picture: (key, jpeg, shown) => stage.show(key, jpeg, shown),
  lost(callEnded) {
    stage.setStale(true);
    banner.hidden = false;
    banner.classList.toggle('is-final', callEnded);
    banner.textContent = callEnded
      ? 'The call is over. You can close this window.'
      : fresh
        ? 'Connecting…'
        : 'The connection to your call was lost. Trying again…';
  },
});

function showCounts(): void {
  const { all, others } = stage.counts;
  empty.hidden = all > 0;
  status.textContent =
    all === 0 ? '' : others === 0 ? 'Waiting for others' : all === 1 ? '1 person' : `${all} people`;
  status.classList.toggle('is-waiting', all > 0 && others === 0);
}
