// Works of one operation, or a few: inputs, and the same expression for both sides.
import { randomSource } from "./random.js";

const CHAIN = 1000;

/** `chain` dependent additions; what is no longer needed goes, as it does by itself in Python. */
function chain(tf, x, b) {
  let y = tf.add(x, b);
  for (let i = 1; i < CHAIN; i++) {
    const next = tf.add(y, b);
    y.dispose();
    y = next;
  }
  return y;
}

// name: inputs {name: shape}, the peer's step, tfpy's step.
const rows = [
  {
    name: "dispatch",
    title: `Eager cost of one tiny operation, in a chain of ${CHAIN}`,
    inputs: { x: [32], b: [32] },
    peer: (tf, { x, b }) => chain(tf, x, b),
    tfpy: `chain(tfpy.add, x, b, ${CHAIN})`,
    flags: { WEBGL_CPU_FORWARD: false }, // by default TF.js computes tiny operations on the CPU
    perStep: CHAIN,
    tolerance: 1e-4,
  },
  {
    name: "matmul_512",
    title: "Product of two 512x512 matrices",
    inputs: { a: [512, 512], b: [512, 512] },
    peer: (tf, { a, b }) => tf.matMul(a, b),
    tfpy: "tfpy.matmul(a, b)",
    tolerance: 1e-5,
  },
  {
    name: "matmul_1024",
    title: "Product of two 1024x1024 matrices",
    inputs: { a: [1024, 1024], b: [1024, 1024] },
    peer: (tf, { a, b }) => tf.matMul(a, b),
    tfpy: "tfpy.matmul(a, b)",
    tolerance: 1e-5,
  },
  {
    name: "conv3x3",
    title: "Convolution 3x3 of 56x56, 64 to 64 channels",
    inputs: { x: [1, 56, 56, 64], w: [3, 3, 64, 64] },
    peer: (tf, { x, w }) => tf.conv2d(x, w, 1, "same"),
    tfpy: "tfpy.conv2d(x, w, 1, 'same')",
    tolerance: 1e-5,
  },
  {
    name: "depthwise",
    title: "Depthwise convolution 3x3 of 112x112, 32 channels",
    inputs: { x: [1, 112, 112, 32], w: [3, 3, 32, 1] },
    peer: (tf, { x, w }) => tf.depthwiseConv2d(x, w, 1, "same"),
    tfpy: "tfpy.depthwise_conv2d(x, w, 1, 'same')",
    tolerance: 1e-5,
  },
  {
    name: "softmax",
    title: "Softmax of 1000x1000",
    inputs: { x: [1000, 1000] },
    peer: (tf, { x }) => tf.softmax(x),
    tfpy: "tfpy.softmax(x)",
    tolerance: 1e-5,
  },
  {
    name: "sum",
    title: "Sum of a million",
    inputs: { x: [1000, 1000] },
    peer: (tf, { x }) => tf.sum(x),
    tfpy: "tfpy.sum(x)",
    tolerance: 1e-4, // much cancels out
  },
  {
    name: "chain",
    title: "Four additions and multiplications of a million elements, one after the other",
    inputs: { a: [1000, 1000], b: [1000, 1000] },
    peer: (tf, { a, b }) => tf.add(tf.mul(tf.add(tf.mul(a, b), a), b), a),
    tfpy: "((a * b + a) * b) + a",
    tolerance: 1e-6,
  },
  {
    name: "add",
    title: "Addition of two million-element tensors",
    inputs: { a: [1000, 1000], b: [1000, 1000] },
    peer: (tf, { a, b }) => tf.add(a, b),
    tfpy: "tfpy.add(a, b)",
    tolerance: 1e-6,
  },
];

export const ops = rows.map(({ inputs, peer, tfpy, ...work }) => ({
  ...work,
  loop: true,
  python: "ops.py",
  data: () => ({ inputs: randomInputs(inputs), expression: tfpy }),
  peer: (tf, data) => {
    const tensors = {};
    for (const [name, { values, shape }] of Object.entries(data.inputs)) {
      tensors[name] = tf.tensor(values, shape);
    }
    return () => tf.tidy(() => peer(tf, tensors));
  },
}));

function randomInputs(shapes) {
  const random = randomSource(1);
  const inputs = Object.entries(shapes);
  return Object.fromEntries(
    inputs.map(([name, shape]) => [name, { shape, values: random(shape) }]),
  );
}
