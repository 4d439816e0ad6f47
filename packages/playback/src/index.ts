export { openAudioOutput, type AudioOutput, type AudioOutputOptions } from './audio-output.js';
export type { Notice, OnNotice } from './notice.js';
export { openPage, type Page, type PageOptions, type ParticipantView } from './page/page.js';
export { Playout } from './playout/playout.js';
export { DEFAULT_PLAYOUT_DELAY, type PlayoutBlock, type PlayoutOptions } from './playout/stream-playout.js';
export type { StreamStatistics } from './playout/stream-statistics.js';
export { listSpeakers, type Device } from './speaker/list-speakers.js';
export type { PlayerName } from './speaker/players.js';
