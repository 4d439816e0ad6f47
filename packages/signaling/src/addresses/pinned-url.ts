/** Where a server is, and what its certificate is known by. */
export interface PinnedUrl {
  url: string;
  /** The pin of its certificate (`pinOf`); undefined: the system's trust decides, or there is no TLS. */
  pin: string | undefined;
}

/** `wss://host:port#pin`: a server's url with the pin of its certificate, as it is told from one to the other. */
export const pinnedUrl = (url: string, pin: string | undefined): string =>
  pin === undefined ? url : `${url}#${pin}`;

/** Takes the pin off a url, whatever it may be: `isPin` tells. */
export function splitPin(text: string): PinnedUrl {
  const at = text.indexOf('#');
  return at < 0 ? { url: text, pin: undefined } : { url: text.slice(0, at), pin: text.slice(at + 1) };
}

/** Whether a text can be a pin: 32 bytes in base64url. */
export const isPin = (text: string): boolean => /^[\w-]{42}[AEIMQUYcgkosw048]$/.test(text);
