export { openAudioOutput, type AudioOutput, type AudioOutputOptions } from './audio-output.js';
export type { Notice, OnNotice } from './notice.js';
export { openPage, type Page, type PageAddress, type PageEvents, type PageOptions } from './page/page.js';
export type {
  CallingState,
  ChatLine,
  Controls,
  IncomingCall,
  KeyState,
  NoticeKind,
  OutgoingCall,
  PageControl,
  ParticipantView,
  PersonState,
  RingOutcome,
  RosterPerson,
} from './page/views.js';
export { Playout } from './playout/playout.js';
export { DEFAULT_PLAYOUT_DELAY, type PlayoutBlock, type PlayoutOptions } from './playout/stream-playout.js';
export type { StreamStatistics } from './playout/stream-statistics.js';
export { listSpeakers, type Device } from './speaker/list-speakers.js';
export type { PlayerName } from './speaker/players.js';
