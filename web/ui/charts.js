// Draws Vega-Lite specifications, as tfpy.vis makes them, in the colours of the page. Vega is
// loaded with the first chart, from here.

const VEGA = ["vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js", "vega-embed/build/vega-embed.min.js"];
const NARROW = 560; // pixels: with less there is no room for charts beside each other
const BETWEEN = 90; // pixels of a chart's axis and the gap to the next

let loading = null;
const drawn = new WeakMap(); // element: what it shows
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Shows a specification, or a table's HTML, in `element`. Of one that is there already with other
 * data only these are drawn anew. */
export function drawChart(element, content) {
  const before = drawn.get(element) ?? { ready: Promise.resolve() };
  const now = { content };
  // One after the other: drawing is asynchronous, and the last should remain.
  now.ready = before.ready.catch(() => {}).then(() => draw(element, before, now));
  drawn.set(element, now);
  return now.ready;
}

async function draw(element, before, now) {
  if (typeof now.content === "string") {
    element.innerHTML = now.content;
    return;
  }
  const { datasets, ...form } = now.content;
  now.form = JSON.stringify([form, dark.matches, widthOf(element)]);
  if (before.view && before.form === now.form) {
    now.view = before.view;
    for (const [name, rows] of Object.entries(datasets)) now.view.data(name, rows);
    await now.view.runAsync();
    return;
  }
  loading ??= loadVega();
  const embed = await loading;
  before.result?.finalize();
  const spec = sized(now.content, widthOf(element));
  now.result = await embed(element, spec, { actions: false, renderer: "svg", config: colours(element) });
  now.view = now.result.view;
}

const widthOf = (element) => element.clientWidth || 400;

/** The specification with the widths that the element has room for, where it names none. */
function sized(spec, room) {
  if (!spec.concat) return { width: "container", ...spec };
  const columns = room < NARROW ? 1 : Math.min(spec.columns, spec.concat.length);
  const width = Math.max(120, Math.floor(room / columns) - BETWEEN);
  return { ...spec, columns, concat: spec.concat.map((each) => ({ width, ...each })) };
}

async function loadVega() {
  for (const path of VEGA) {
    const script = document.createElement("script");
    script.src = new URL(`../node_modules/${path}`, import.meta.url);
    await new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${script.src} could not be loaded: run 'make demo' or npm ci`));
      document.head.append(script);
    });
  }
  return globalThis.vegaEmbed;
}

/** Vega's settings in the colours and the font that the element has. */
function colours(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const [text, soft, line] = ["--text", "--soft", "--line"].map(colour);
  const font = style.fontFamily;
  return {
    font,
    background: "transparent",
    view: { stroke: "transparent" },
    axis: { labelColor: soft, titleColor: soft, titleFontWeight: "normal", gridColor: line, domainColor: line, tickColor: line },
    legend: { labelColor: text, titleColor: soft, orient: "top" },
    title: { color: text, subtitleColor: soft, anchor: "start" },
    range: { category: CATEGORIES[dark.matches ? 1 : 0] },
    mark: { color: colour("--bar-best") },
  };
}

/** Colours of series, to be told apart by those who see no red or green too; for light, for dark. */
const CATEGORIES = [
  "#0b8a74 #d1690e #4063c4 #a23b8f #7a8b16 #a8483a #5b7c99 #8a6d3b #2f9ec4 #555f58".split(" "),
  "#4fd1b5 #ffa657 #8fa8ff #e58fd6 #c3d35a #f08c7c #9dbbd6 #d3b47f #74cdee #b5bfb8".split(" "),
];

/** What no chart does by itself: other colours, and as many columns as there is room for. */
function redraw() {
  for (const element of document.querySelectorAll(".vega-embed")) {
    const shown = drawn.get(element);
    if (shown) drawChart(element, shown.content);
  }
}
dark.addEventListener("change", redraw);
let resized = null;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(redraw, 200);
});
