import { expect, it } from 'vitest';
import { shownUrl } from './shown-url.js';

it.each([
  ['ws://192.168.1.5:5000', 'ws://192.168.1.5:5000'],
  ['ws://a:5000?access_token=sesame', 'ws://a:5000'],
  ['wss://a:5000/calls?x=1&access_token=sesame#pin', 'wss://a:5000/calls#pin'],
  ['wss://anna:sesame@a:5000/', 'wss://a:5000/'],
  ['http://a?access_token=sesame', 'http://a'],
  ['nonsense?sesame', 'nonsense'],
])('%s is shown as %s', (url, shown) => expect(shownUrl(url)).toBe(shown));
