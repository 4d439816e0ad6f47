// Packets
export {
  emptyRtpHeader,
  parseRtp,
  RTP_HEADER_LENGTH,
  serializeRtp,
  writeRtpHeader,
  type RtpExtension,
  type RtpFields,
  type RtpHeader,
} from './packet/rtp.js';
export { demultiplex } from './packet/demultiplex.js';
export { parseRtcp, rtcpType, serializeRtcp, type OtherRtcp, type RtcpPacket } from './packet/rtcp.js';
export type { ReceiverReport, SenderReport } from './packet/reports.js';
export type { ReportBlock } from './packet/report-block.js';
export {
  cnameOf,
  describeCname,
  sdesItem,
  type SdesItem,
  type SourceDescription,
} from './packet/source-description.js';
export type {
  ExtendedReport,
  ExtendedReportBlock,
  ReceiverReferenceDelay,
  ReceiverReferenceDelays,
  ReceiverReferenceTime,
} from './packet/extended-report.js';
export { readNack, writeNack, type Nack } from './packet/feedback.js';
export type { Goodbye } from './packet/goodbye.js';
export { compactNtp, microsFromNtp, ntpFromMicros, type NtpTime } from './packet/ntp.js';

// Payloads
export { fragment, Reassembler, type FragmentOptions } from './payload/fragment.js';
export {
  emptyFragment,
  MAX_FRAME_BYTES,
  type Depacketizer,
  type Format,
  type Fragment,
  type FrameParts,
  type FramePlan,
  type Packetizer,
  type PayloadFormat,
} from './payload/payload-format.js';
export { depacketizerFor, packetizerFor } from './payload/formats.js';
export { MAX_JPEG_SIDE, parseJpeg, type JpegProblem, type JpegScan } from './payload/jpeg/jpeg-file.js';

// Stages, each an interface with its null implementation
export { noProtection, type Protector } from './protect/protector.js';
export { NoPacing, type Pacer } from './pace/pacer.js';
export { GroupPacer } from './pace/group-pacer.js';
export { GROUP_BYTES, MAX_BURST_BYTES } from './pace/limits.js';
export {
  noRepair,
  type ReceivedRepairStatistics,
  type Repair,
  type RepairedStream,
  type RepairListener,
  type RepairReceiver,
  type RepairRequests,
  type RepairSender,
  type SentFrame,
  type SentRepairStatistics,
  type SourceArrival,
} from './repair/repair.js';
export { deadlineRepair, type DeadlineRepairOptions } from './repair/deadline-repair.js';
export { RoundTrip } from './repair/round-trip.js';
export { REPAIR_PAYLOAD_TYPE } from './repair/repair-packet.js';
export {
  JavaScriptKernel,
  ReedSolomon,
  webAssemblyKernel,
  type FillSymbol,
  type Kernel,
  type RepairSymbol,
} from './repair/reed-solomon/index.js';
export { fixedBudget, type CongestionControl, type PathReport } from './congestion/congestion-control.js';
export {
  noControl,
  type ControlPacket,
  type ControlStream,
  type ControlSurroundings,
} from './control/control-stream.js';
export { reliableControl, type ReliableControlOptions } from './control/reliable-control.js';
export { CONTROL_PAYLOAD_TYPE } from './control/control-packet.js';
export { MAX_CONTROL_BYTES } from './control/limits.js';

// The endpoint
export { Endpoint } from './endpoint/endpoint.js';
export type { EndpointOptions } from './endpoint/options.js';
export type { CandidateState } from './path/candidate.js';
export type { PathStatistics } from './path/path-peer.js';
export { dropReasons, type DropReason } from './drops.js';
export type {
  Address,
  ControlMessage,
  ControlPeerOptions,
  ControlStatistics,
  Destination,
  EndpointEvent,
  IncomingFrame,
  IncomingStatistics,
  IncomingStreamOptions,
  ListenerStatistics,
  OutgoingDatagram,
  OutgoingFrame,
  OutgoingStatistics,
  OutgoingStreamOptions,
  Output,
  Priority,
  TransportStatistics,
} from './endpoint/types.js';
