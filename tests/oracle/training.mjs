// Trains in TensorFlow.js. Reads {x, y, steps, cases} from standard input. A case is either
// {optimizer, args, loss}: a new model takes some steps, is saved with its optimizer, and goes on; or
// {model, weights}: a saved model goes on. Writes for each {files, losses, weights} or {error}.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
console.warn = console.log = () => {};
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");

const { x, y, steps, cases } = JSON.parse(readFileSync(0, "utf8"));

function fresh({ optimizer, args, loss, metrics }) {
  const init = (seed) => tf.initializers.randomUniform({ minval: -1, maxval: 1, seed });
  const layers = [
    tf.layers.dense({ units: 4, inputShape: [3], activation: "tanh", kernelInitializer: init(1) }),
    tf.layers.batchNormalization({}),
    tf.layers.dense({ units: 2, kernelInitializer: init(2), trainable: true }),
  ];
  const model = tf.sequential({ layers });
  model.compile({ optimizer: tf.train[optimizer](...args), loss, metrics });
  return model;
}

async function train(model) {
  const losses = [];
  for (let i = 0; i < steps; i++) {
    const found = await model.trainOnBatch(tf.tensor2d(x), tf.tensor2d(y));
    losses.push(Array.isArray(found) ? found[0] : found);
  }
  return losses;
}

function base64(data) {
  return Buffer.from(Array.isArray(data) ? tf.io.concatenateArrayBuffers(data) : data);
}

async function saved(model) {
  let found;
  const save = async (artifacts) => {
    found = artifacts;
    return { modelArtifactsInfo: {} };
  };
  await model.save({ save }, { includeOptimizer: true });
  const { weightSpecs, weightData, ...content } = found;
  const weightsManifest = [{ paths: ["w"], weights: weightSpecs }];
  return {
    model: JSON.stringify({ ...content, weightsManifest }),
    weights: base64(weightData).toString("base64"),
  };
}

async function loaded({ model, weights }) {
  const { weightsManifest, ...content } = JSON.parse(model);
  const bytes = Buffer.from(weights, "base64");
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const artifacts = { ...content, weightSpecs: weightsManifest[0].weights, weightData };
  return tf.loadLayersModel({ load: async () => artifacts });
}

async function answer(asked) {
  let model, files;
  if (asked.model === undefined) {
    model = fresh(asked);
    await train(model);
    files = await saved(model);
  } else {
    model = await loaded(asked);
  }
  const losses = await train(model);
  const named = model.weights.map((w) => [w.originalName, Array.from(w.read().dataSync())]);
  const weights = Object.fromEntries(named);
  return { files, losses, weights };
}

const answers = [];
for (const asked of cases) {
  try {
    answers.push(await answer(asked));
  } catch (error) {
    answers.push({ error: String(error.message ?? error) });
  }
}
const out = Buffer.from(JSON.stringify(answers));
for (let at = 0; at < out.length; ) at += writeSync(1, out, at);
