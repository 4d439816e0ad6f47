/** What is told of who can join a call without a server of its own: it has no secret, as an open room has none. */
export function directCallLine({
  host,
  port,
  onlyKnown,
}: {
  /** The machine that the others come to; undefined when it is this one. */
  host: string | undefined;
  port: number;
  onlyKnown: boolean;
}): string {
  const where = `port ${port} of ${host ?? 'this machine'}`;
  const limit = onlyKnown ? '; you are in a call with those alone whom you know' : '';
  return `open call: anyone who reaches ${where} can join${limit}`;
}
