export { keepCertificate, type KeptCertificate } from './keep-certificate.js';
export { makeCertificate, type OwnCertificate } from './make-certificate.js';
export { pinOf } from './pin.js';
