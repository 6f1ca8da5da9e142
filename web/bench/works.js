// The table of what is measured. A work is one entry here or in the list it comes from:
//
//   name       names its rows
//   title      one line for people
//   tolerance  largest difference of outputs allowed, as a part of the largest output
//   data()     what all sides get: plain values and typed arrays, made from a fixed seed
//   python     tfpy's side: the file in works/ whose `prepare(data)` gives `step`
//   tfjs(tf, data)  TF.js's side: prepares and returns `step`, a function; a step's result is a
//              tensor or a list of them, and is what is compared
//   onnx(data) onnxruntime-web's side, where there is one: {model, inputs, values}, see onnx.js
//   peers      which of TF.js's backends to compare with (both)
//   flags      TF.js settings while it runs (none)
//   perStep    how many units one step stands for: times are given per unit (1)
//   steps      how many steps' results are compared, for works that change something (1)
//   loop       whether several steps may be timed together, with one value read back at the end;
//              else every step is timed with its whole output read back (false)
//   once       only the first step in a fresh page is timed: no warm-up (false)
//   needs      address of a file without which the work is left out (none)
import { graphModels } from "./works/graph_models.js";
import { mobilenets } from "./works/mobilenet.js";
import { mobilenetV2 } from "./works/mobilenet_v2.js";
import { ops } from "./works/ops.js";
import { trainStep } from "./works/train_step.js";

const DEFAULTS = {
  peers: ["tfjs-webgl", "tfjs-wasm"],
  flags: {},
  perStep: 1,
  steps: 1,
  loop: false,
  once: false,
};

const all = [...mobilenets, mobilenetV2, ...graphModels, trainStep, ...ops];

export const works = all.map(({ onnx, ...work }) => ({
  ...DEFAULTS,
  ...work,
  onnx,
  peers: [...(work.peers ?? DEFAULTS.peers), ...(onnx ? ["onnx-wasm"] : [])],
}));
