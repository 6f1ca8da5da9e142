// Works of one operation, or a few. ops.json is the table: a row has inputs {name: shape} and the
// same expression for each side, `tfpy` in Python, `tfjs` in JavaScript and, where ONNX has one
// operator for it, `onnx`: {op, attributes, orders}; `orders` are the axes of inputs and of the
// result in the order that ONNX wants, where it is another one. `plan` asks for tfpy.function. The
// rest is described in ../works.js; the native bench reads the same table.
import { onnxModel, transpose } from "../onnx.js";
import { randomSource } from "./random.js";

/** Applies an operation to its own result again and again; what is no longer needed goes, as it does
 * by itself in Python. */
function repeat(operation, x, b, length) {
  let y = operation(x, b);
  for (let i = 1; i < length; i++) {
    const next = operation(y, b);
    y.dispose();
    y = next;
  }
  return y;
}

const rows = await (await fetch(new URL("ops.json", import.meta.url))).json();

export const ops = rows.map(({ inputs, tfpy, tfjs, onnx, plan = false, ...work }) => ({
  ...work,
  loop: true,
  python: "ops.py",
  data: () => ({ inputs: randomInputs(inputs), expression: tfpy, plan }),
  tfjs: (tf, data) => {
    const names = Object.keys(inputs);
    const tensors = names.map((name) => tf.tensor(data.inputs[name].values, inputs[name]));
    const step = new Function("tf", "repeat", ...names, `return ${tfjs}`);
    return () => tf.tidy(() => step(tf, repeat, ...tensors));
  },
  onnx: onnx && ((data) => describeOnnx(onnx, data)),
}));

function randomInputs(shapes) {
  const random = randomSource(1);
  const inputs = Object.entries(shapes);
  return Object.fromEntries(
    inputs.map(([name, shape]) => [name, { shape, values: random(shape) }]),
  );
}

/** The row as an ONNX model of one node, with its inputs. */
function describeOnnx({ op, attributes, orders = {} }, data) {
  const ordered = (name, value) => (orders[name] ? transpose(value, orders[name]) : value);
  const inputs = Object.fromEntries(
    Object.entries(data.inputs).map(([name, value]) => [name, ordered(name, value)]),
  );
  const node = { op, inputs: Object.keys(inputs), output: "result", attributes };
  return {
    model: onnxModel({ inputs, nodes: [node] }),
    inputs,
    values: (result) => ordered("result", result).values,
  };
}
