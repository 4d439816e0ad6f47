// Reed-Solomon repair: making all repair symbols of a frame, and restoring as many lost source symbols from
// them. Copying the symbols in and out counts. Beside ours, where it is installed,
// @subspace/reed-solomon-erasure.wasm. With --quick a tenth of the runs.
import { JavaScriptKernel, ReedSolomon, webAssemblyKernel } from '@hellohaybye/transport';
import { noise, result, round, summary } from './lib.mjs';

const quick = process.argv.includes('--quick');
const symbolBytes = 1200;
const webAssembly = webAssemblyKernel();
const subjects = {
  ...(webAssembly && { ours: ours(webAssembly) }),
  'ours-js': ours(new JavaScriptKernel()),
  ...(await subspace()),
};

for (const [k, repair] of [
  [17, 4],
  [34, 7],
  [77, 16],
]) {
  const sources = Array.from({ length: k }, (_, index) => noise(symbolBytes, index + 1));
  const lost = new Set(Array.from({ length: repair }, (_, index) => (index * 5 + 1) % k));
  const actions = Object.entries(subjects).map(([subject, open]) => {
    const { encode, decode } = open(sources, repair, lost);
    return { subject, encode: measured(encode), decode: measured(decode) };
  });
  for (let turn = 0; turn < (quick ? 4 : 40); turn++) {
    for (const { encode, decode } of actions) {
      encode.run(50);
      decode.run(50);
    }
  }
  for (const { subject, encode, decode } of actions) {
    const micros = { encodeMicros: encode.median(), decodeMicros: decode.median() };
    result({ bench: 'transport', what: 'reed-solomon', subject, k, repair, symbolBytes, ...micros });
  }
}

function ours(kernel) {
  const code = new ReedSolomon(kernel);
  return (sources, repair, lost) => {
    const k = sources.length;
    const fill = (index, into) => into.set(sources[index]);
    const encode = () => code.encodeRepair(k, symbolBytes, fill, 0, repair);
    const repairs = encode().map((symbol, index) => ({ index, symbol }));
    const decode = () => code.recover(k, symbolBytes, (index) => !lost.has(index), fill, repairs);
    check([...decode()], sources, lost);
    return { encode, decode };
  };
}

/** It wants all symbols of a block in one array, so that is where they are copied to. */
async function subspace() {
  const name = '@subspace/reed-solomon-erasure.wasm';
  const peer = await import(name).catch(() => undefined);
  if (!peer) return {};
  const code = await (peer.default ?? peer).ReedSolomonErasure.fromCurrentDirectory();
  const open = (sources, repair, lost) => {
    const k = sources.length;
    const block = new Uint8Array((k + repair) * symbolBytes);
    const symbol = (index) => block.slice(index * symbolBytes, (index + 1) * symbolBytes);
    const encode = () => {
      sources.forEach((source, index) => block.set(source, index * symbolBytes));
      code.encode(block, k, repair);
      return Array.from({ length: repair }, (_, index) => symbol(k + index));
    };
    const repairs = encode();
    const available = Array.from({ length: k + repair }, (_, index) => !lost.has(index));
    const decode = () => {
      sources.forEach((source, index) => available[index] && block.set(source, index * symbolBytes));
      repairs.forEach((source, index) => block.set(source, (k + index) * symbolBytes));
      code.reconstruct(block, k, repair, available);
      return [...lost].map((index) => [index, symbol(index)]);
    };
    block.fill(0);
    check(decode(), sources, lost);
    return { encode, decode };
  };
  return { [name]: open };
}

function check(restored, sources, lost) {
  const wrong = ([index, symbol]) => Buffer.compare(symbol, sources[index]) !== 0;
  if (restored.length !== lost.size || restored.some(wrong)) throw new Error('the symbols did not come back');
}

/** Runs an action and keeps how long each run took. */
function measured(action) {
  const micros = [];
  return {
    run(times) {
      for (let run = 0; run < times; run++) {
        const before = process.hrtime.bigint();
        action();
        micros.push(Number(process.hrtime.bigint() - before) / 1000);
      }
    },
    median: () => round(summary(micros.slice(micros.length / 4)).p50, 1), // the first quarter is to warm up
  };
}
