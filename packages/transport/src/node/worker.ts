import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { HhbError, isHhbError, messageOf, micros, type Clock } from '@hellohaybye/core';
import type { ControlMessage, IncomingFrame, OutgoingFrame } from '../endpoint/types.js';
import { Backlog, CONTROL_MESSAGE_COST, MAX_CONTROL_BACKLOG_BYTES } from './backlog.js';
import { Driver } from './driver.js';
import { toPlainError, type FromWorker, type ToWorker, type WorkerStart } from './messages.js';
import { monotonicMicros } from './monotonic.js';

// The entry of the transport's thread: a driver, and messages to and from the main thread.

const port: MessagePort = parentPort!;
const { options, epoch, backlog } = workerData as WorkerStart;
const toWorker = new Backlog(backlog, 0);
const toMain = new Backlog(backlog, 1);
const controlToMain = new Backlog(backlog, 2);
const clock: Clock = { now: () => micros(epoch + monotonicMicros()) };
const post = (message: FromWorker) => port.postMessage(message);
let framesNotTaken = 0;

void begin();

async function begin(): Promise<void> {
  try {
    const driver = await Driver.open(options, clock, {
      frames: postFrames,
      event: (event) => post({ type: 'event', event }),
      control: postControl,
      controlRoom: () => controlToMain.hasRoom(MAX_CONTROL_BACKLOG_BYTES),
      error: (error) => post({ type: 'error', error: toPlainError(error) }),
    });
    port.on('message', (message: ToWorker) => {
      if ('type' in message) return void handle(driver, message);
      toWorker.take(message.data.length);
      driver.send(message);
    });
    post({ type: 'bound', bound: driver.bound });
  } catch (error) {
    const failure = isHhbError(error) ? error : new HhbError('worker-failed', messageOf(error));
    post({ type: 'failed', error: toPlainError(failure) });
  }
}

async function handle(driver: Driver, message: Exclude<ToWorker, OutgoingFrame>): Promise<void> {
  switch (message.type) {
    case 'statistics':
      return post({
        type: 'statistics',
        id: message.id,
        statistics: { ...driver.statistics(), framesNotTaken },
      });
    case 'packet-indices':
      return post({ type: 'packet-indices', id: message.id, indices: driver.packetIndices() });
    case 'send-control': {
      const { peer, data } = message;
      // The main thread counts what it posted until it is told what became of it.
      const failed = { type: 'control-failed', peer, reason: 'removed', messages: 1 } as const;
      if (!driver.sendControl(peer, data)) post({ type: 'event', event: { ...failed, bytes: data.length } });
      return;
    }
    case 'close':
      await driver.close();
      // Nothing else keeps the thread: it ends.
      return port.close();
    default:
      // The main thread checked it already; whatever else is wrong with it must not end this thread.
      try {
        return driver.run(message);
      } catch (error) {
        const failure = isHhbError(error) ? error : new HhbError('worker-failed', messageOf(error));
        return post({ type: 'error', error: toPlainError(failure) });
      }
  }
}

function postControl({ peer, data }: ControlMessage): void {
  controlToMain.add(data.length + CONTROL_MESSAGE_COST);
  port.postMessage({ type: 'control', peer, data } satisfies FromWorker, [data.buffer as ArrayBuffer]);
}

function postFrames(frames: IncomingFrame[]): void {
  for (const frame of frames) {
    if (toMain.add(frame.data.length)) port.postMessage(frame, [frame.data.buffer as ArrayBuffer]);
    else framesNotTaken += 1;
  }
}
