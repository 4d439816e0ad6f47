import type { Refusal } from '../protocol/errors.js';
import { limits } from '../protocol/limits.js';
import { shownName, type Session } from '../room/session.js';

/** Who has an id, and who is shown by a name, whichever of both a text is. */
export type WhoIsCalled = (idOrName: string) => { withId: Session | undefined; named: readonly Session[] };

type Found = { ok: true; invitees: Session[] } | { ok: false; refusal: Refusal };

/**
 * Whom an inviter means: by id, or by a name that one other person has. All have to be found, or nobody is.
 * @param wanted names and ids
 */
export function invitees(inviter: Session, wanted: readonly string[], called: WhoIsCalled): Found {
  const found = new Set<Session>();
  for (const one of wanted) {
    const { withId, named } = called(one);
    const others = named.filter((session) => session !== inviter);
    const candidates = withId ? [withId] : others.length > 0 ? others : named;
    const [invitee, another] = candidates;
    if (!invitee) return refuse('nobody-there', `There is nobody called "${one}"`);
    if (another) {
      const ids = candidates.slice(0, limits.invitations).map(({ id }) => id);
      return refuse('ambiguous-name', `There are ${candidates.length} people called "${one}"`, ids);
    }
    const why = objection(inviter, invitee);
    if (why) return refuse('bad-invitation', why);
    found.add(invitee);
  }
  if (inviter.outgoing.size + found.size > limits.invitations) {
    return refuse('bad-invitation', `You invite more than ${limits.invitations} people at once`);
  }
  return { ok: true, invitees: [...found] };
}

function objection(inviter: Session, invitee: Session): string | undefined {
  if (invitee === inviter) return 'You cannot invite yourself';
  const name = shownName(invitee);
  if (inviter.inside && invitee.inside?.room === inviter.inside.room) return `${name} is here already`;
  for (const { to } of inviter.outgoing.values()) if (to === invitee) return `${name} is invited already`;
  return undefined;
}

function refuse(code: Refusal['code'], message: string, ids?: string[]): Found {
  return { ok: false, refusal: ids ? { code, message, ids } : { code, message } };
}
