export { clientMessageSchemas } from './client-messages.js';
export { serverMessageSchemas } from './server-messages.js';
