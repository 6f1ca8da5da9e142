// Charts of recorded runs.

const COLORS =
  "#1769c4 #c4471a #2b8a3e #8a2bb3 #b8860b #0b8a8a #c21858 #555555 #5c6bc0 #795548".split(" ");
const PEER = "tfjs-webgl";

/** Draws the ratio of each work against TF.js webgl over the runs of one browser. */
export async function plotHistory(target, runs) {
  const uPlot = await loadUPlot();
  const rows = runs.map((run) => run.rows.filter(({ peer }) => peer === PEER));
  const works = [...new Set(rows.flat().map(({ work }) => work))];
  const dates = runs.map(({ date }) => Date.parse(date) / 1000);
  const lines = works.map((name) =>
    rows.map((row) => row.find(({ work }) => work === name)?.ratio ?? null),
  );
  const options = {
    title: "Ratio to TensorFlow.js webgl; above 1, tfpy is faster",
    width: Math.min(900, target.clientWidth),
    height: 320,
    scales: { y: { distr: 3, log: 2, range: logRange } },
    axes: [{}, { values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : `${tick}x`)) }],
    series: [
      { label: "run" },
      ...works.map((label, i) => ({
        label,
        stroke: COLORS[i % COLORS.length],
        width: 2,
        dash: i < COLORS.length ? [] : [6, 4], // there are more works than colours to tell apart
        spanGaps: true,
        points: { show: true, size: 7 },
        value: (_, ratio) => ratio?.toFixed(2) ?? "",
      })),
    ],
  };
  new uPlot(options, [dates, ...lines], target);
}

/** uPlot asks for the format of numbers in the browser's language, which need not be one: where the
 * system has none, WebKitGTK's is "C", and uPlot's module would throw. */
async function loadUPlot() {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en" });
  }
  return (await import("../node_modules/uplot/dist/uPlot.esm.js")).default;
}

/** Whole powers of two around the values, and 1 among them. */
function logRange(_, smallest, largest) {
  const power = (value, round) => 2 ** round(Math.log2(value));
  const low = Math.min(smallest ?? 1, 0.5);
  const high = Math.max(largest ?? 1, 2);
  return [power(low, Math.floor), power(high, Math.ceil)];
}
