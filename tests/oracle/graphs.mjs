// Runs graph models on TensorFlow.js. Reads {wasm, jobs} from standard input, jobs being [{model,
// weights, inputs, outputs}] (the content of a model.json, the bytes of its weights in base64,
// tensors by name as in wire.py, names of nodes), and writes, for each, {outputs} or {error}.
import { leaveWhatIsKept, pack, read, tf, unpack, useWasm, write } from "./wire.mjs";

leaveWhatIsKept();

async function run({ model, weights, inputs, outputs }) {
  const bytes = Buffer.from(weights, "base64");
  const artifacts = {
    ...model,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  };
  const loaded = await tf.loadGraphModel({ load: async () => artifacts });
  const found = await loaded.executeAsync(unpack(inputs), outputs);
  return [found].flat().map(pack);
}

const { wasm, jobs } = read();
if (wasm) await useWasm();
const answers = [];
for (const job of jobs) {
  try {
    answers.push({ outputs: await run(job) });
  } catch (error) {
    answers.push({ error: String(error.message ?? error) });
  }
  tf.disposeVariables();
}
write(answers);
