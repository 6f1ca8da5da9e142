// Loads layers models in TensorFlow.js, predicts, and saves them again. Reads [{artifacts, inputs}]
// from standard input: `artifacts` as TF.js has them but for `weightData`, which is base64, and
// `inputs` as [numbers, shape]. Writes for each {outputs, artifacts}, or {error}.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
console.warn = console.log = () => {};
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");

async function answer({ artifacts, inputs }) {
  const bytes = Buffer.from(artifacts.weightData, "base64");
  const weightData = new Uint8Array(bytes).buffer;
  const model = await tf.loadLayersModel(tf.io.fromMemory({ ...artifacts, weightData }));
  const given = inputs.map(([values, shape]) => tf.tensor(values, shape));
  const found = model.predict(given.length > 1 ? given : given[0]);
  const outputs = [found].flat().map((y) => Array.from(y.dataSync()));
  let saved;
  await model.save(tf.io.withSaveHandler(async (made) => ((saved = made), {})));
  const data = Buffer.from(saved.weightData).toString("base64");
  return { outputs, artifacts: { ...saved, weightData: data } };
}

const answers = [];
for (const asked of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push(await answer(asked));
  } catch (error) {
    answers.push({ error: String(error.stack ?? error) });
  }
}
const out = Buffer.from(JSON.stringify(answers));
for (let at = 0; at < out.length; ) at += writeSync(1, out, at);
