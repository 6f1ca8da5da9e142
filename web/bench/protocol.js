// How two sides are compared: outputs first, then interleaved timings. A side has
//   activate()     makes it the one that computes next (async)
//   output()       runs one step and returns its results, an array of values for each
//   sample(steps)  runs steps and waits for the last one's results
//   memory()       {bytes, peak_bytes} of textures: now, and at most so far (if it can tell)
//   close()        frees what it holds
// All may be async. Everything is timed here, by one clock. Knows no side.

// minSample: ms that a sample should take; budget: ms for all samples of both sides together.
export const FULL = { minSample: 20, budget: 5000, minRounds: 5, maxRounds: 30, warmUp: 2 };
/** Enough to prove that the works run: the step that warms up is the one timed. */
export const QUICK = { minSample: 0, budget: 0, minRounds: 0, maxRounds: 0, warmUp: 1 };

/** Largest absolute difference; throws where it is not small, or the values are worth nothing. */
export function compare(name, actual, expected, tolerance) {
  if (actual.length !== expected.length) {
    throw new Error(`${name}: ${actual.length} values, the peer has ${expected.length}`);
  }
  let error = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!Number.isFinite(difference)) {
      throw new Error(`${name}: value ${i} is ${actual[i]}, the peer's ${expected[i]}`);
    }
    error = Math.max(error, difference);
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  if (largest === 0) throw new Error(`${name}: the peer's values are all zero: no proof`);
  if (error > tolerance * largest) {
    throw new Error(`${name}: values differ by ${error}, more than ${tolerance} of ${largest}`);
  }
  return error;
}

/** Medians in ms per step of two sides, run by turns; `loop`: several steps may make a sample. */
export async function interleave(a, b, loop, settings) {
  const both = async (steps) => [await time(a, steps), await time(b, steps)];
  let once;
  for (let i = 0; i < settings.warmUp; i++) once = await both(1);
  if (!settings.maxRounds) return once;
  const { steps, ms } = loop ? await stepsPerSample(both, once, settings) : { steps: 1, ms: once };
  const wanted = Math.floor(settings.budget / (ms[0] + ms[1]));
  const rounds = Math.min(Math.max(wanted, settings.minRounds), settings.maxRounds);
  const times = [[], []];
  for (let i = 0; i < rounds; i++) {
    const [first, second] = await both(steps);
    times[0].push(first / steps);
    times[1].push(second / steps);
  }
  return times.map(median);
}

/** As many steps as make the quicker side's sample long enough for the browser's clock, and the
 * wait at its end little beside them; of what they take, the last found. */
async function stepsPerSample(both, once, { minSample, budget, minRounds }) {
  let steps = 1;
  let ms = once;
  while (Math.min(...ms) < minSample && 2 * (ms[0] + ms[1]) * minRounds < budget && steps < 1000) {
    steps *= 2;
    ms = await both(steps);
  }
  return { steps, ms };
}

/** Milliseconds that a sample takes; the page may breathe before. */
export async function time(side, steps) {
  await side.activate();
  await new Promise((resolve) => setTimeout(resolve));
  const start = performance.now();
  await side.sample(steps);
  return performance.now() - start;
}

export function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
