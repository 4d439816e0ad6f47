import { protocolVersion } from '../../protocol/limits.js';
import type { ClientMessage } from '../../protocol/types.js';

/** What a client says first on a connection. @param token of a session that is to go on */
export const helloOf = ({
  token,
  ...own
}: {
  name: string;
  instanceKey: string;
  token: string | undefined;
}): ClientMessage & { type: 'hello' } => ({
  ...{ type: 'hello', requestId: 0, version: protocolVersion, ...own },
  ...(token !== undefined && { token }),
});
