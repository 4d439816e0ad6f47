import { describe, expect, it } from 'vitest';
import { Admission } from './admission.js';

describe('admission', () => {
  it('refuses more connections from one address than may be, and none from another', () => {
    const admission = new Admission({ connections: 10, connectionsPerAddress: 2 });
    expect(admission.admit('192.0.2.1')).toBeUndefined();
    expect(admission.admit('192.0.2.1')).toBeUndefined();
    expect(admission.admit('192.0.2.1')?.code).toBe('too-many-connections');
    expect(admission.admit('192.0.2.2')).toBeUndefined();
    admission.release('192.0.2.1');
    expect(admission.admit('192.0.2.1')).toBeUndefined();
  });

  it('refuses more connections in all, and does not count who was refused', () => {
    const admission = new Admission({ connections: 2, connectionsPerAddress: 2 });
    admission.admit('192.0.2.1');
    admission.admit('192.0.2.2');
    expect(admission.admit('192.0.2.3')?.code).toBe('server-full');
    admission.release('192.0.2.1');
    expect(admission.admit('192.0.2.3')).toBeUndefined();
  });

  it('takes no notice of a release too many', () => {
    const admission = new Admission({ connections: 1, connectionsPerAddress: 1 });
    admission.release('192.0.2.1');
    expect(admission.admit('192.0.2.1')).toBeUndefined();
    expect(admission.admit('192.0.2.2')?.code).toBe('server-full');
  });
});
