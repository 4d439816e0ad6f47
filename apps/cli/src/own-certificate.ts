import { join } from 'node:path';
import { keepCertificate, type KeptCertificate } from '@hellohaybye/signaling/certificate';
import envPaths from 'env-paths';

/**
 * The certificate of servers that this user's processes host, made the first time; it is in the user's folder for
 * configuration.
 * @throws HhbError as `keepCertificate`
 */
export const ownCertificate = (): Promise<KeptCertificate> =>
  keepCertificate(join(envPaths('hellohaybye', { suffix: '' }).config, 'server-certificate.pem'));
