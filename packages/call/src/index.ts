export { Call, startCall, type CallEvents } from './call.js';
export type { CallOptions, Notice, PortOption, SendOptions } from './options.js';
export type { LatencyMs } from './reception.js';
export type { ParticipantReport, ReceivedReport, RepairReport } from './report.js';
export { startRtpReceive, type RtpReceiveOptions, type RtpReceiver } from './rtp/rtp-receive.js';
export { startRtpSend, type RtpSender, type RtpSendOptions, type SentStatistics } from './rtp/rtp-send.js';
export type { RtpSession, RtpStream } from './rtp/sdp.js';
export type { PeerStatus } from './status.js';
