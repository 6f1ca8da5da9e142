// Runs calls on TensorFlow.js's cpu backend. Reads {rows: [{js, cases: [{args, gradient}]}]} from
// standard input and writes, per row and case, {outputs, gradients} or {error}. See wire.py.
import { isPlain, pack, read, tf, unpack, write } from "./wire.mjs";

tf.env().set("WEBGL_CPU_FORWARD", false);

// Padding of a window per spatial axis, as TF.js wants it for images in NHWC.
const pads = (p) => (typeof p === "string" ? p : [[0, 0], ...p, [0, 0]]);

// The tensors of a result: one, several, or an object of them. A number is a scalar.
function tensors(result) {
  if (result instanceof tf.Tensor) return [result];
  if (typeof result === "number") return [tf.scalar(result)];
  if (result === null || result === undefined) return [];
  return Object.values(result).flatMap(tensors);
}

const isFloat = (x) => x instanceof tf.Tensor && x.dtype === "float32";
const floats = (x) =>
  isFloat(x) ? [x] : Array.isArray(x) || isPlain(x) ? Object.values(x).flatMap(floats) : [];

// `x` with its float tensors taken from `queue` in order.
function replaced(x, queue) {
  if (isFloat(x)) return queue.shift();
  if (Array.isArray(x)) return x.map((v) => replaced(v, queue));
  if (!isPlain(x)) return x;
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, replaced(v, queue)]));
}

function gradients(run, args, output) {
  const wave = Float32Array.from({ length: output.size }, (_, k) => Math.sin(1.7 * k + 0.3));
  const weights = tf.tensor(wave, output.shape);
  const f = (...xs) => tensors(run(...replaced(args, xs)))[0];
  return tf.grads(f)(floats(args), weights).map(pack);
}

async function evaluate(run, { args, gradient }) {
  const inputs = unpack(args);
  const result = {};
  try {
    const outputs = tensors(await run(...inputs));
    result.outputs = outputs.map(pack);
    if (gradient) result.gradients = gradients(run, inputs, outputs[0]);
  } catch (error) {
    result[result.outputs ? "gradientError" : "error"] = String(error.message ?? error);
  }
  return result;
}

const { rows } = read();
const answers = [];
for (const { js, cases } of rows) {
  const run = new Function("tf", "pads", `return ${js};`)(tf, pads);
  tf.engine().startScope();
  const row = [];
  for (const one of cases) row.push(await evaluate(run, one));
  tf.engine().endScope();
  answers.push(row);
}
write(answers);
