export { startSignalingServer } from './start-server.js';
export type { ServerLogger, SignalingServer, SignalingServerOptions } from './options.js';
