// The table of what is measured. A work is one entry here or in the list it comes from:
//
//   name       names its rows
//   title      one line for people
//   tolerance  largest difference of outputs allowed, as a part of the largest output
//   data()     what both sides get: plain values and typed arrays, made from a fixed seed
//   peer(tf, data)  TF.js's side: prepares and returns `step`, a function that returns a tensor
//   python     tfpy's side: the file in works/ whose `prepare(data)` does the same
//   peers      which TF.js backends to compare with (all)
//   flags      TF.js settings while it runs (none)
//   perStep    how many units one step stands for: times are given per unit (1)
//   loop       whether several steps may be timed together, with one value read back at the end;
//              else every step is timed with its whole output read back (false)
//   once       only the first step in a fresh page is timed: no warm-up (false)
import { mobilenets } from "./works/mobilenet.js";
import { ops } from "./works/ops.js";

const DEFAULTS = {
  peers: ["tfjs-webgl", "tfjs-wasm"],
  flags: {},
  perStep: 1,
  loop: false,
  once: false,
};

export const works = [...mobilenets, ...ops].map((work) => ({ ...DEFAULTS, ...work }));
