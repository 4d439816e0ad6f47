import type { Invitation } from '@hellohaybye/signaling';
import type { Entry, Invited, SignalingClient } from '@hellohaybye/signaling/client';

/**
 * Invites people.
 * @returns as `invite` of signaling; `caller`, by instance, is who has been calling us meanwhile, when we came to their call by that
 * @throws HhbError as `invite` of signaling
 */
export async function invite(
  client: SignalingClient,
  to: readonly string[],
  entry: Entry,
): Promise<Invited & { caller: string | undefined }> {
  const callers = new Map<string, string>();
  const note = ({ id, from }: Invitation) => void callers.set(id, from.instance);
  client.invitations('incoming').forEach(note);
  // They may call while our own call is under way.
  client.on('invited', note);
  try {
    const invited = await client.invite(to, entry);
    return { ...invited, caller: callers.get(invited.accepted ?? '') };
  } finally {
    client.off('invited', note);
  }
}
