// onnxruntime-web's side of the bench, and a writer of the small ONNX models that it needs: the
// format's protocol buffers, as far as the works go. Knows no work.

const PACKAGE = new URL("../node_modules/onnxruntime-web/dist/", import.meta.url).href;

/** Loads onnxruntime-web with its WebAssembly backend, one thread, as TF.js's. */
export async function startOnnx() {
  const ort = await import(`${PACKAGE}ort.wasm.min.mjs`).catch((cause) => {
    throw new Error(`${PACKAGE} is missing: 'make bench' installs it`, { cause });
  });
  ort.env.wasm.wasmPaths = PACKAGE;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  return ort;
}

/** A work's side (see protocol.js): `work.onnx(data)` gives {model, inputs, values}. */
export async function prepareOnnx(ort, work, data) {
  const { model, inputs, values } = work.onnx(data);
  const session = await ort.InferenceSession.create(model);
  const tensors = Object.entries(inputs).map(([name, { values, shape }]) => [
    name,
    new ort.Tensor("float32", values, shape),
  ]);
  const feeds = Object.fromEntries(tensors);
  const run = async () => (await session.run(feeds)).result;
  return {
    activate: async () => {},
    output: async () => {
      const { data, dims } = await run();
      return [values ? values({ values: data, shape: dims }) : data];
    },
    sample: async (steps) => {
      for (let i = 0; i < steps; i++) await run();
    },
    close: () => session.release(),
  };
}

/** {values, shape} with its axes in another order: axis i of the result is axis order[i]. */
export function transpose({ values, shape }, order) {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const result = { values: new Float32Array(values.length), shape: order.map((i) => shape[i]) };
  const steps = order.map((i) => strides[i]);
  let at = 0;
  const copy = (axis, from) => {
    if (axis === order.length) result.values[at++] = values[from];
    else
      for (let i = 0; i < result.shape[axis]; i++) copy(axis + 1, from + i * steps[axis]);
  };
  copy(0, 0);
  return result;
}

// ---------------------------------------------------------------------------------- the format
// Numbers are those of fields in onnx.proto. A field is [number, value]: a number, a text, a list of
// bytes or of fields.

const FLOAT = 1; // of TensorProto.DataType
const ATTRIBUTE = { f: 1, i: 2, s: 3, ints: 7 }; // AttributeProto.AttributeType
const VERSIONS = { ir: 8, operators: 13 };

/**
 * The bytes of a model whose only output is called "result".
 *   inputs   {name: {shape}}
 *   nodes    [{op, inputs: [name], output: name, attributes: {name: value}}]
 *   weights  {name: {shape, values}}
 */
export function onnxModel({ inputs, nodes, weights = {} }) {
  const graph = [
    ...nodes.map((node) => [1, describeNode(node)]),
    [2, "work"],
    ...Object.entries(weights).map(([name, value]) => [5, describeWeights(name, value)]),
    ...Object.entries(inputs).map(([name, { shape }]) => [11, describeValue(name, shape)]),
    [12, describeValue("result")],
  ];
  return message([
    [1, VERSIONS.ir],
    [7, graph],
    [8, [[1, ""], [2, VERSIONS.operators]]],
  ]);
}

function describeNode({ op, inputs, output, attributes = {} }) {
  return [
    ...inputs.map((name) => [1, name]),
    [2, output],
    [4, op],
    ...Object.entries(attributes).map(([name, value]) => [5, describeAttribute(name, value)]),
  ];
}

function describeAttribute(name, value) {
  if (typeof value === "string") return [[1, name], [4, value], [20, ATTRIBUTE.s]];
  if (Array.isArray(value)) return [[1, name], ...value.map((n) => [8, n]), [20, ATTRIBUTE.ints]];
  return [[1, name], [3, value], [20, ATTRIBUTE.i]];
}

function describeWeights(name, { shape, values }) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return [...shape.map((n) => [1, n]), [2, FLOAT], [8, name], [9, bytes]];
}

/** Name and type of an input or output; the shape of an output need not be told. */
function describeValue(name, shape) {
  const dims = shape && [[2, shape.map((n) => [1, [[1, n]]])]];
  return [[1, name], [2, [[1, [[1, FLOAT], ...(dims ?? [])]]]]];
}

function message(fields) {
  return concatenate(fields.flatMap(([number, value]) => field(number, value)));
}

function field(number, value) {
  if (typeof value === "number") return [varint(number << 3), varint(value)];
  const bytes =
    typeof value === "string"
      ? new TextEncoder().encode(value)
      : value instanceof Uint8Array
        ? value
        : message(value);
  return [varint((number << 3) | 2), varint(bytes.length), bytes];
}

/** Seven bits to a byte, the lowest first; negative numbers as 64 bits. */
function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

function concatenate(parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
