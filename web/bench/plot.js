// Charts of recorded runs.
import { drawChart } from "../ui/charts.js";

const PEER = "tfjs-webgl";

/** Draws the ratio of each work against TF.js webgl over the runs of one browser. */
export function plotHistory(target, runs) {
  const ratios = runs.flatMap(({ date, rows }) =>
    rows.filter(({ peer }) => peer === PEER).map(({ work, ratio }) => ({ date, work, ratio })),
  );
  const columns = Math.max(2, Math.floor(target.clientWidth / 150));
  return drawChart(target, {
    title: "Ratio to TensorFlow.js webgl; above 1, tfpy is faster",
    height: 320,
    datasets: { ratios },
    data: { name: "ratios" },
    // A legend's work can be clicked to see it alone.
    params: [{ name: "chosen", select: { type: "point", fields: ["work"] }, bind: "legend" }],
    mark: { type: "line", point: true, tooltip: true },
    encoding: {
      x: { field: "date", type: "temporal", title: null },
      y: { field: "ratio", type: "quantitative", title: null, scale: { type: "log", base: 2 }, axis: { format: "~r" } },
      color: { field: "work", type: "nominal", title: null, scale: { scheme: "tableau20" }, legend: { columns } },
      opacity: { condition: { param: "chosen", value: 1 }, value: 0.1 },
    },
  });
}
