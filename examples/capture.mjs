// Takes two seconds of the test picture and the test sound. Give it sources of your own:
//   node examples/capture.mjs camera mic
import { listCaptureDevices, openAudio, openVideo } from '@hellohaybye/capture';

const [videoSpec = 'test', audioSpec = 'tone'] = process.argv.slice(2);
const devices = await listCaptureDevices();
for (const [kind, list] of Object.entries(devices)) {
  console.log(`${kind}: ${list.map(({ id, label }) => `${id} (${label})`).join(', ') || 'none'}`);
}

const onNotice = ({ message }) => console.error(message);
const [video, audio] = await Promise.all([
  openVideo(videoSpec, { width: 640, height: 480, fps: 30, onNotice }),
  openAudio(audioSpec, { sampleRate: 44_100, channels: 1, chunkSamples: 1024, onNotice }),
]);
setTimeout(() => Promise.all([video.close(), audio.close()]), 2000);

async function count(source) {
  let items = 0;
  let [first, last] = [0, 0];
  for await (const { capturedAt } of source) {
    if (items++ === 0) first = capturedAt;
    last = capturedAt;
  }
  const rate = ((items - 1) / ((last - first) / 1e6)).toFixed(1);
  return `${source.label}: ${items} in 2 s, ${rate} a second, ${source.dropped} dropped`;
}
for (const line of await Promise.all([count(video), count(audio)])) console.log(line);
