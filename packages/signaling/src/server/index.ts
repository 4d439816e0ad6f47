export { listen } from './listen.js';
export { instanceOf } from './digest.js';
export { startSignalingServer } from './start-server.js';
export {
  defaultLimits,
  type Authorize,
  type Certificate,
  type ServerLimits,
  type ServerLogger,
  type ServerObserver,
  type SignalingServer,
  type SignalingServerOptions,
} from './options.js';
export type { RoomStore, StoreCommand, StoreEvent } from '../room/store.js';
export type { HttpAnswer, HttpRoute, HttpRoutes } from './http-routes.js';
export { clientAddress, type ProxyHeader } from './policy/client-address.js';
export { inNetworks, parseCidr, type Cidr } from './policy/cidr.js';
export { parseOrigin } from './policy/origin.js';
