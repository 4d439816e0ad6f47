// Two participants in one room, in one process, with test sources: what each received of the other.
import { startCall } from '@hellohaybye/call';
import { startSignalingServer } from '@hellohaybye/signaling/server';

const server = await startSignalingServer({ host: '127.0.0.1', port: 0 });
const anyPort = { port: 0, fallback: true };
const join = (name) =>
  startCall({
    ...{
      server: server.url,
      room: 'example',
      name,
      video: 'test',
      audio: 'tone',
      speaker: 'none',
      page: false,
    },
    ...{ width: 320, height: 240, fps: 15, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
    ...{ ports: { video: anyPort, audio: anyPort }, mediaHost: '127.0.0.1' },
  });
const calls = await Promise.all([join('Anna'), join('Ben')]);
await new Promise((resolve) => setTimeout(resolve, 3000));
for (const { name, received } of await Promise.all(calls.map((call) => call.leave()))) {
  for (const { from, video, audio } of received) {
    console.log(`${name} received from ${from}: ${video.frames} frames, ${audio.packets} audio packets`);
  }
}
await server.close();
