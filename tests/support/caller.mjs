// A participant in the room "lobby" that writes one line: caller.mjs SERVER NAME LINE. It sends test picture and tone, writes the
// line as soon as the first whole picture of another has come, and leaves at the first SIGINT.
import { startCall } from '@hellohaybye/call';

const [server, name, line] = process.argv.slice(2);
const port = { port: 0, fallback: false };
const call = await startCall({
  ...{ server, name, room: 'lobby', video: 'test', audio: 'tone', speaker: 'none', page: false },
  ...{ width: 320, height: 240, fps: 30, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
  ports: { video: port, audio: port },
  // Whom we see may not have all that it takes to be written to yet.
  onNotice: ({ code }) => code === 'chat-lost' && setTimeout(() => call.chat(line), 100),
});
call.once('frame', () => call.chat(line));
process.once('SIGINT', () => void call.leave().then(() => process.exit(0)));
