// A participant in the room "lobby" that writes a line: caller.mjs SERVER NAME LINE. It sends test picture and tone, writes the
// line fifteen times while the first pictures of another come, and leaves at the first SIGINT.
import { startCall } from '@hellohaybye/call';

const [server, name, line] = process.argv.slice(2);
const port = { port: 0, fallback: false };
const call = await startCall({
  ...{ server, name, room: 'lobby', video: 'test', audio: 'tone', speaker: 'none', page: false },
  ...{ width: 320, height: 240, fps: 30, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
  ports: { video: port, audio: port },
});
let frames = 0;
call.on('frame', ({ stream }) => {
  if (stream !== 'video') return;
  frames += 1;
  // Again and again: who is seen may not have all yet that it takes to be written to.
  if (frames <= 60 && frames % 4 === 0) call.chat(line);
});
process.once('SIGINT', () => void call.leave().then(() => process.exit(0)));
