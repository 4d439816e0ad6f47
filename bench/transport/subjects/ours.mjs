// @hellohaybye/transport: the generic payload, `encrypted` by SRTP or not. `streams` of them on one socket, or one stream
// to as many `listeners`, each a transport of its own in the receiving process.
const { openTransport } = await import(process.env.HHB_BENCH_TRANSPORT ?? '@hellohaybye/transport/node');

const formats = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const streamsOf = (streams) =>
  Array.from({ length: streams }, (_, index) => ({
    id: `s${index}`,
    channel: 'media',
    ssrc: index + 1,
    formats,
  }));

export async function receive({ worker, pacing, encrypted, streams = 1, listeners = 1 }, whole) {
  const options = { worker, pacing, ...(encrypted && protectedBy(receiversKey)) };
  const transports = await Promise.all(Array.from({ length: listeners }, () => open(options)));
  for (const transport of transports) {
    if (encrypted) transport.setPeerKeys('sender', [sendersKey], []);
    for (const stream of streamsOf(streams)) transport.addIncoming({ peer: 'sender', ...stream });
    transport.on('frame', ({ data }) => whole(data));
  }
  return {
    at: transports.map(({ ports }) => ports.media),
    /** Packets that did not come by themselves, repaired or not, since the start. */
    async lost() {
      const all = await Promise.all(transports.map((transport) => transport.statistics()));
      return all.flatMap(({ incoming }) => incoming).reduce((sum, stream) => sum + stream.lost, 0);
    },
    drops: async () => (await transports[0].statistics()).drops,
    /** So that senders learn what arrives, as in a call: reports go to whoever is a destination. */
    answered(port) {
      for (const transport of transports) addDestination(transport, 'sender', port);
    },
    close: () => Promise.all(transports.map((transport) => transport.close())),
  };
}

export async function send({ at, worker, pacing, encrypted, streams = 1 }) {
  const transport = await open({ worker, pacing, ...(encrypted && protectedBy(sendersKey)) });
  const all = streamsOf(streams);
  for (const stream of all) transport.addOutgoing(stream);
  if (encrypted) at.forEach((_, index) => transport.setPeerKeys(`receiver${index}`, [receiversKey], []));
  at.forEach((port, index) => addDestination(transport, `receiver${index}`, port));
  return {
    answer: transport.ports.media,
    send(data, capturedAt) {
      // A frame is given away: each stream needs one of its own.
      for (let index = 1; index < all.length; index++)
        transport.send({ stream: all[index].id, data: data.slice(), capturedAt });
      transport.send({ stream: 's0', data, capturedAt });
    },
    close: () => transport.close(),
  };
}

// Two processes that measure need no secrets from anybody.
const profile = 'AES_CM_128_HMAC_SHA1_80';
const bytes = (length, byte) => new Uint8Array(length).fill(byte);
const keyOf = (id, byte) => ({ id, profile, key: bytes(16, byte), salt: bytes(14, byte) });
const [sendersKey, receiversKey] = [keyOf('sender', 1), keyOf('receiver', 2)];
const protectedBy = (key) => ({ protection: { key } });

const open = (options) => openTransport({ channels: { media: { host: '127.0.0.1', port: 0 } }, ...options });

const addDestination = (transport, id, port) =>
  transport.addDestination({ id, addresses: { media: { address: '127.0.0.1', port } } });
