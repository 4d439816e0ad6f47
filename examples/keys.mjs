// Two participants of a room with a secret agree on their media keys. Here messages go from hand to hand; in a
// call they go through the signaling server, which can't read them.
import { randomBytes } from 'node:crypto';
import {
  generateIdentity,
  generateSession,
  KeyAgreement,
  openKeyMessage,
  RoomSecret,
  sealKeyMessage,
  srtpProfiles,
} from '@hellohaybye/signaling/keys';

const room = 'lobby';
const secret = RoomSecret.generate(); // secret.text() is what an invitation holds after #
const now = () => Date.now() * 1000; // microseconds

const people = ['anna', 'ben'].map((instance) => {
  const identity = generateIdentity();
  const own = { identity: identity.publicKey, session: generateSession(), profiles: srtpProfiles };
  const member = { instance, ...own };
  const agreement = new KeyAgreement({ self: member, random: randomBytes });
  return { identity, member, agreement };
});
const [anna, ben] = people;
for (const { agreement } of people) agreement.enter(room, true, now());
anna.agreement.join(ben.member, now());
ben.agreement.join(anna.member, now());

await carryOut(anna);
await carryOut(ben);

async function carryOut({ identity, member, agreement }) {
  for (let output = agreement.poll(); output; output = agreement.poll()) {
    const { type, peer } = output;
    if (type === 'send-key') console.log(`${member.instance} protects with ${output.key.id}`);
    if (type === 'peer-keys') console.log(`${member.instance} accepts ${output.keys[0].id} from ${peer}`);
    if (type === 'secured') console.log(`${member.instance} and ${peer} hold each other's keys`);
    if (type !== 'message') continue;
    const context = { room, sender: member, receiver: output.to, secret };
    const sealed = await sealKeyMessage({ ...output.message, indices: [] }, { ...context, identity });
    const other = people.find((one) => one.member.instance === output.to.instance);
    const opened = await openKeyMessage(sealed, { ...context, identity: other.identity });
    other.agreement.receive(member.instance, opened, now());
    await carryOut(other);
  }
}
