// Runs a script with one of TF.js's packages of pretrained models. Reads {package, wasm, script, models,
// given} from standard input and writes {result} or {error}; see packages.py.
import { readFileSync } from "node:fs";
import { Module } from "node:module";
import { join } from "node:path";
import {
  isPlain,
  leaveWhatIsKept,
  pack,
  packBytes,
  read,
  require,
  tf,
  unpack,
  useWasm,
  write,
} from "./wire.mjs";

leaveWhatIsKept();

// Some packages ask for others that only run in a page, and never use them here.
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  const absent = name.startsWith("@mediapipe/") || name === "@tensorflow/tfjs-backend-webgpu";
  return absent ? require.resolve("path") : resolve.call(this, name, ...rest);
};

globalThis.ImageData ??= class ImageData {
  constructor(data, width, height) {
    Object.assign(this, { data, width, height });
  }
};

const { package: name, wasm, script, models, given } = read();

if (wasm) await useWasm();

// The network is what was given: a file of the model whose address begins the URL.
globalThis.fetch = async (url) => {
  const [address] = String(url.url ?? url).split("?");
  const base = Object.keys(models).find((base) => address.startsWith(`${base}/`));
  const file = address.slice((base?.length ?? 0) + 1);
  if (typeof models[base] === "string") return new Response(readFileSync(join(models[base], file)));
  if (models[base]?.[file] === undefined) throw new Error(`the script asks for ${url}`);
  return new Response(Buffer.from(models[base][file], "base64"));
};

function packed(value) {
  if (value instanceof tf.Tensor) return pack(value);
  if (value instanceof Float32Array) return packBytes(value, "float32", [value.length]);
  if (value instanceof Int32Array) return packBytes(value, "int32", [value.length]);
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) {
    return packBytes(value, "uint8", [value.length]);
  }
  if (typeof value === "number" && !Number.isFinite(value)) return { $: "number", data: `${value}` };
  if (Array.isArray(value)) return value.map(packed);
  if (isPlain(value) || value instanceof ImageData) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, packed(v)]));
  }
  return value;
}

const AsyncFunction = (async () => {}).constructor;
const args = { tf, lib: require(`@tensorflow-models/${name}`), ...unpack(given) };
try {
  const run = new AsyncFunction(...Object.keys(args), script);
  write({ result: packed(await run(...Object.values(args))) });
} catch (error) {
  write({ error: String(error.stack ?? error) });
}
