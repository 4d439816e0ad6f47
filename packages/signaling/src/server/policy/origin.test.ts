import { describe, expect, it } from 'vitest';
import { originAllowed, parseOrigin } from './origin.js';

describe('a page that no list names', () => {
  it.each([
    ['no page', undefined, '192.0.2.7:5000', true],
    ['of this machine', 'http://localhost:5173', '192.0.2.7:5000', true],
    ['of a loopback address', 'http://127.0.0.1:8080', '192.0.2.7:5000', true],
    ['of ::1', 'http://[::1]:8080', '192.0.2.7:5000', true],
    ['of the server’s own address', 'http://192.0.2.7:8080', '192.0.2.7:5000', true],
    ['of its own IPv6 address', 'https://[2001:db8::7]', '[2001:db8::7]:5000', true],
    ['of its own .local name', 'http://Studio.local', 'studio.local:5000', true],
    ['of another address', 'http://192.0.2.8', '192.0.2.7:5000', false],
    ['of elsewhere', 'https://evil.example', '192.0.2.7:5000', false],
    ['of a name that was made to lead here', 'http://evil.example:5000', 'evil.example:5000', false],
    ['that looks like localhost', 'http://localhost.evil.example', '192.0.2.7:5000', false],
    ['of nowhere', 'null', '192.0.2.7:5000', false],
    ['of no address', 'http://', undefined, false],
  ])('%s', (_, origin, host, allowed) => expect(originAllowed(origin, host, undefined)).toBe(allowed));
});

describe('a page where a list is given', () => {
  const list = ['https://calls.example.org'];
  it.each([
    ['https://calls.example.org', true],
    ['https://Calls.example.org', true],
    ['http://calls.example.org', false],
    ['https://calls.example.org:8443', false],
    ['http://localhost', false],
  ])('%s', (origin, allowed) => expect(originAllowed(origin, 'calls.example.org', list)).toBe(allowed));

  it('is let in by *', () => expect(originAllowed('https://evil.example', 'x', ['*'])).toBe(true));
});

describe('an origin in a setting', () => {
  it.each([
    ['https://Calls.Example.org', 'https://calls.example.org'],
    ['https://calls.example.org:443', 'https://calls.example.org'],
    ['http://[::1]:5173', 'http://[::1]:5173'],
    ['*', '*'],
  ])('%s', (text, origin) => expect(parseOrigin(text)).toBe(origin));

  it.each(['calls.example.org', 'https://calls.example.org/', 'https://a@b', 'https://', ''])(
    'is not %j',
    (text) => expect(parseOrigin(text)).toBeUndefined(),
  );
});
