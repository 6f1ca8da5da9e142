// TF.js's side of the bench. Knows no work.

const PACKAGES = new URL("../node_modules/@tensorflow/", import.meta.url).href;
const BACKENDS = { "tfjs-webgl": "webgl", "tfjs-wasm": "wasm" };

/** Loads TF.js and starts its backends; returns `tf`. */
export async function startTfjs() {
  await loadScript(`${PACKAGES}tfjs/dist/tf.min.js`);
  await loadScript(`${PACKAGES}tfjs-backend-wasm/dist/tf-backend-wasm.min.js`);
  tf.wasm.setWasmPaths(`${PACKAGES}tfjs-backend-wasm/dist/`);
  // One thread, as in ordinary pages: more need one that is cross-origin isolated.
  tf.wasm.setThreadsCount(1);
  for (const name of Object.values(BACKENDS)) {
    if (!(await tf.setBackend(name))) throw new Error(`TF.js has no ${name} backend here`);
  }
  return tf;
}

function loadScript(src) {
  return new Promise((resolve, reject) => {
    const onerror = () => reject(new Error(`${src} is missing: 'make bench' installs TF.js`));
    const script = document.createElement("script");
    document.head.append(Object.assign(script, { src, onload: resolve, onerror }));
  });
}

/** A work's side (see protocol.js) on one of TF.js's backends. */
export async function prepareTfjs(tf, work, peer, data) {
  const activate = () => tf.setBackend(BACKENDS[peer]);
  await activate();
  const restoreFlags = setFlags(tf, work.flags);
  const watch = peer === "tfjs-webgl" ? watchMemory(tf.backend()) : {};
  tf.engine().startScope();
  const step = await work.tfjs(tf, data);
  const output = () => [step()].flat().map(read);
  return {
    activate,
    output,
    sample: (steps) => (work.loop ? readOne(repeat(step, steps)) : output()),
    memory: watch.memory,
    close: () => {
      tf.engine().endScope();
      tf.disposeVariables();
      step.close?.();
      watch.stop?.();
      restoreFlags();
    },
  };
}

/** Bytes of textures that TF.js counts from now on: after what runs, and at most in between, for
 * which the function that counts a new texture is watched. */
function watchMemory(backend) {
  const now = () => backend.memory().numBytesInGPU;
  const before = now();
  let peak = before;
  backend.acquireTexture = (...args) => {
    const texture = Object.getPrototypeOf(backend).acquireTexture.apply(backend, args);
    peak = Math.max(peak, now());
    return texture;
  };
  return {
    memory: () => ({ bytes: now() - before, peak_bytes: peak - before }),
    stop: () => delete backend.acquireTexture,
  };
}

/** Changes TF.js's settings; returns a function that undoes it. */
function setFlags(tf, flags) {
  const before = Object.keys(flags).map((flag) => [flag, tf.env().get(flag)]);
  const set = (entries) => entries.forEach(([flag, value]) => tf.env().set(flag, value));
  set(Object.entries(flags));
  return () => set(before);
}

function repeat(step, steps) {
  let last = step();
  for (let i = 1; i < steps; i++) {
    const next = step();
    last.dispose();
    last = next;
  }
  return last;
}

function read(tensor) {
  const values = tensor.dataSync();
  tensor.dispose();
  return values;
}

/** Waits for a tensor and frees it; of its values only the first one is moved. */
function readOne(tensor) {
  const { rank } = tensor;
  if (rank) tf.tidy(() => tensor.slice(Array(rank).fill(0), Array(rank).fill(1)).dataSync());
  else tensor.dataSync();
  tensor.dispose();
}
