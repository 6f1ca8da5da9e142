// Random numbers that are the same in every browser: seeded, and by exact arithmetic only.

/** A source of float32 arrays whose values have the given standard deviation (mean 0). */
export function randomSource(seed) {
  let state = seed >>> 0;
  // Mulberry32: small, and random enough for weights.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return (shape, deviation = 1) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const scale = deviation * Math.sqrt(12); // of a uniform distribution
    for (let i = 0; i < values.length; i++) values[i] = (next() - 0.5) * scale;
    return values;
  };
}

/** Several float32 arrays as one. */
export function concatenate(arrays) {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
