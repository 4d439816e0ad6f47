import { describe, expect, it } from 'vitest';
import { makeSuite } from './suite.js';

interface Vector {
  mode: string;
  ikmE: string;
  skRm: string;
  pkRm: string;
  skSm?: string;
  pkSm?: string;
  psk?: string;
  enc: string;
  ct: string;
}

// RFC 9180, appendix A.1, sections A.1.1 to A.1.4, the first encryption of each.
const info = bytes('4f6465206f6e2061204772656369616e2055726e');
const plaintext = bytes('4265617574792069732074727574682c20747275746820626561757479');
const aad = bytes('436f756e742d30');
const pskId = bytes('456e6e796e20447572696e206172616e204d6f726961');
const vectors: Vector[] = [
  {
    mode: 'base',
    ikmE: '7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234',
    skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    ct: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  },
  {
    mode: 'psk',
    ikmE: '78628c354e46f3e169bd231be7b2ff1c77aa302460a26dbfa15515684c00130b',
    skRm: 'c5eb01eb457fe6c6f57577c5413b931550a162c71a03ac8d196babbd4e5ce0fd',
    pkRm: '9fed7e8c17387560e92cc6462a68049657246a09bfa8ade7aefe589672016366',
    psk: '0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82',
    enc: '0ad0950d9fb9588e59690b74f1237ecdf1d775cd60be2eca57af5a4b0471c91b',
    ct: 'e52c6fed7f758d0cf7145689f21bc1be6ec9ea097fef4e959440012f4feb73fb611b946199e681f4cfc34db8ea',
  },
  {
    mode: 'auth',
    ikmE: '6e6d8f200ea2fb20c30b003a8b4f433d2f4ed4c2658d5bc8ce2fef718059c9f7',
    skRm: 'fdea67cf831f1ca98d8e27b1f6abeb5b7745e9d35348b80fa407ff6958f9137e',
    pkRm: '1632d5c2f71c2b38d0a8fcc359355200caa8b1ffdf28618080466c909cb69b2e',
    skSm: 'dc4a146313cce60a278a5323d321f051c5707e9c45ba21a3479fecdf76fc69dd',
    pkSm: '8b0c70873dc5aecb7f9ee4e62406a397b350e57012be45cf53b7105ae731790b',
    enc: '23fb952571a14a25e3d678140cd0e5eb47a0961bb18afcf85896e5453c312e76',
    ct: '5fd92cc9d46dbf8943e72a07e42f363ed5f721212cd90bcfd072bfd9f44e06b80fd17824947496e21b680c141b',
  },
  {
    mode: 'auth+psk',
    ikmE: '4303619085a20ebcf18edd22782952b8a7161e1dbae6e46e143a52a96127cf84',
    skRm: 'cb29a95649dc5656c2d054c1aa0d3df0493155e9d5da6d7e344ed8b6a64a9423',
    pkRm: '1d11a3cd247ae48e901939659bd4d79b6b959e1f3e7d66663fbc9412dd4e0976',
    skSm: 'fc1c87d2f3832adb178b431fce2ac77c7ca2fd680f3406c77b5ecdf818b119f4',
    pkSm: '2bfb2eb18fcad1af0e4f99142a1c474ae74e21b9425fc5c589382c69b50cc57e',
    psk: '0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82',
    enc: '820818d3c23993492cc5623ab437a48a0a7ca3e9639c140fe1e33811eb844b7c',
    ct: 'a84c64df1e11d8fd11450039d4fe64ff0c8a99fca0bd72c2d4c3e0400bc14a40f27e45e141a24001697737533e',
  },
];

const suites = [
  ['WebCrypto', makeSuite('24.0.0')],
  ['JavaScript', makeSuite('20.19.0')],
] as const;

describe.each(suites)('the cipher suite with X25519 of %s', (_, suite) => {
  const { kem } = suite;
  const pair = async (sk: string, pk: string) => ({
    privateKey: await kem.deserializePrivateKey(bytes(sk)),
    publicKey: await kem.deserializePublicKey(bytes(pk)),
  });

  it.each(vectors)(
    'does as RFC 9180 has it, mode $mode',
    async ({ ikmE, skRm, pkRm, skSm, pkSm, psk, enc, ct }) => {
      const receiver = await pair(skRm, pkRm);
      const sender = skSm && pkSm ? await pair(skSm, pkSm) : undefined;
      const shared = { info, ...(psk && { psk: { id: pskId, key: bytes(psk) } }) };
      const sealed = await suite.seal(
        {
          ...shared,
          recipientPublicKey: receiver.publicKey,
          ekm: bytes(ikmE),
          ...(sender && { senderKey: sender }),
        },
        plaintext,
        aad,
      );
      expect([hex(sealed.enc), hex(sealed.ct)]).toEqual([enc, ct]);
      const opened = await suite.open(
        {
          ...shared,
          recipientKey: receiver,
          enc: bytes(enc),
          ...(sender && { senderPublicKey: sender.publicKey }),
        },
        bytes(ct),
        aad,
      );
      expect(hex(opened)).toBe(hex(plaintext));
    },
  );
});

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

function hex(buffer: ArrayBuffer | Uint8Array): string {
  return Buffer.from(new Uint8Array(buffer)).toString('hex');
}
