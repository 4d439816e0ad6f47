// libdatachannel in Node: a data channel without order and retransmissions, encrypted as it always is. A message
// takes 64 kB, so a larger frame is two.
import { importPeer } from '../subjects.mjs';

const imported = await importPeer('node-datachannel');
const { PeerConnection } = imported.default ?? imported;
const most = 60_000;

export async function receive(_, whole) {
  const peer = connection('receiver');
  const gathered = described(peer);
  const channel = peer.createDataChannel('frames', { unordered: true, maxRetransmits: 0 });
  let expected = 0;
  let parts = [];
  let got = 0;
  channel.onMessage((message) => {
    parts.push(message);
    got += message.length;
    if (got < expected) return;
    whole(Buffer.concat(parts));
    parts = [];
    got = 0;
  });
  const opened = new Promise((resolve) => channel.onOpen(resolve));
  return {
    at: await gathered,
    async answered({ sdp, type }) {
      peer.setRemoteDescription(sdp, type);
      await opened;
    },
    expect(length) {
      expected = length;
      parts = [];
      got = 0;
    },
    close: () => peer.close(),
  };
}

export async function send({ at }) {
  const peer = connection('sender');
  const opened = new Promise((resolve) =>
    peer.onDataChannel((channel) => channel.onOpen(() => resolve(channel))),
  );
  let channel;
  void opened.then((open) => (channel = open));
  const gathered = described(peer);
  peer.setRemoteDescription(at.sdp, at.type);
  return {
    answer: await gathered,
    send(data) {
      const frame = Buffer.from(data.buffer);
      for (let start = 0; start < frame.length; start += most)
        channel.sendMessageBinary(frame.subarray(start, start + most));
    },
    close: () => peer.close(),
  };
}

const connection = (name) => new PeerConnection(name, { iceServers: [], bindAddress: '127.0.0.1' });

/** The description with all its candidates; to be asked for before there is one. */
const described = (peer) =>
  new Promise((resolve) =>
    peer.onGatheringStateChange((state) => {
      if (state === 'complete') resolve(peer.localDescription());
    }),
  );
