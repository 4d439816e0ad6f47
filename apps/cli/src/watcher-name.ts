/** Code points in a name. */
const longest = 64;

/**
 * The name under which everybody sees somebody who watches another: `ben (watching anna)`. Of names that are too long
 * for it, each keeps at least half of the room that there is.
 */
export function watcherName(user: string, watched: string): string {
  const room = longest - [...' (watching )'].length;
  const [own, other] = [[...user.trim()], [...watched.trim()]];
  const half = Math.floor(room / 2);
  const shortened = cut(own, Math.max(half, room - other.length));
  return `${shortened.join('')} (watching ${cut(other, room - shortened.length).join('')})`;
}

/** Leaves the first code points of a text, the last of them a mark that some are missing. */
const cut = (text: string[], length: number): string[] =>
  text.length <= length ? text : [...text.slice(0, length - 1), '…'];
