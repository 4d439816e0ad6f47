/**
 * A server's url as it may be shown and remembered: without a query, in which an access token may stand, and without a
 * user's name and password. Of a text that is no url the same is left out.
 */
export const shownUrl = (url: string): string =>
  url.replace(/\?[^#]*/, '').replace(/^([a-z]+:\/\/)[^/#]*@/i, '$1');
