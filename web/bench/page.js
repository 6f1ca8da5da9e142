// The bench's page: runs it here, and shows what was recorded earlier (docs/bench/history.json).
// ?works=dispatch,sum runs only these. Where the time goes is shown for one work at a time.
import { plotHistory } from "./plot.js";

const element = (selector) => document.querySelector(selector);

element("#run").onclick = async () => {
  element("#run").disabled = true;
  try {
    await runAll({ quick: element("#quick").checked });
    element("#status").textContent = "Done.";
  } catch (error) {
    fail(error);
  }
};

let profiles;

element("#profile").onclick = async () => {
  const status = (text) => (element("#profile-status").textContent = text);
  element("#profile").disabled = true;
  try {
    status("Loading Python ...");
    profiles ??= import("./bench.js").then(({ startProfiles }) => startProfiles());
    const { about, profile } = await profiles;
    status("Profiling ...");
    element("#profiled").innerHTML = await profile(element("#work").value);
    status(`${about.browser} ${about.browser_version}, ${about.device}; tfpy ${about.tfpy}`);
  } catch (error) {
    status(String(error));
  }
  element("#profile").disabled = false;
};

/** Offers the works that can be profiled; first predictions and the like are no kind of their own. */
async function offerWorks() {
  const { works } = await import("./works.js");
  const names = works.filter(({ once }) => !once).map(({ name }) => name);
  element("#work").append(...names.map((name) => new Option(name)));
}

/** Runs the whole table of works once; the next run needs a fresh page, as the first one had. */
async function runAll(options) {
  const status = (text) => (element("#status").textContent = text);
  status("Loading Python and TensorFlow.js ...");
  const { startBench } = await import("./bench.js");
  const bench = await startBench();
  const { browser, browser_version, device, tfpy, tfjs } = bench.about;
  element("#about").textContent =
    `${browser} ${browser_version}, ${device}; tfpy ${tfpy}, TensorFlow.js ${tfjs}`;
  const rows = [];
  // What only a fresh page can measure comes first.
  const wanted = new URLSearchParams(location.search).get("works")?.split(",");
  const works = bench.works
    .filter(({ name }) => wanted?.includes(name) ?? true)
    .sort((a, b) => b.once - a.once);
  for (const { name, title } of works) {
    status(`${title} ...`);
    await bench.run(name, options).then((more) => rows.push(...more), fail);
    element("#here").replaceChildren(...tableRows(rows));
  }
}

function fail(error) {
  element("#failures").append(Object.assign(document.createElement("li"), { textContent: error }));
}

/** Rows of results as rows of a table. */
function tableRows(rows) {
  const cells = rows.map(({ work, peer, ms, peer_ms, ratio, max_error }) => [
    work,
    peer,
    ratio.toFixed(2),
    milliseconds(ms),
    milliseconds(peer_ms),
    max_error.toExponential(1),
  ]);
  const head = ["work", "compared with", "ratio", "tfpy, ms", "peer, ms", "largest error"];
  const lines = [line("th", head), ...cells.map((texts) => line("td", texts))];
  rows.forEach(({ ratio }, i) => lines[i + 1].classList.toggle("faster", ratio > 1));
  return lines;
}

function line(kind, texts) {
  const made = document.createElement("tr");
  const cell = (textContent) => Object.assign(document.createElement(kind), { textContent });
  made.append(...texts.map(cell));
  return made;
}

const milliseconds = (ms) => (ms < 1 ? ms.toPrecision(2) : ms.toFixed(1));

/** For each browser: its last recorded rows and a chart of all runs. */
async function showHistory() {
  const response = await fetch("../docs/bench/history.json");
  const runs = response.ok ? await response.json() : [];
  const section = element("#history");
  if (!runs.length) section.append("Nothing yet: 'make bench BROWSER=chromium' records a run.");
  for (const browser of new Set(runs.map((run) => run.browser))) {
    const own = runs.filter((run) => run.browser === browser);
    const last = own.at(-1);
    const heading = document.createElement("h3");
    heading.textContent = `${browser} ${last.browser_version}, ${last.device}, ${last.date}`;
    const table = document.createElement("table");
    table.append(...tableRows(last.rows));
    const [scroll, chart] = ["scroll", "chart"].map((className) =>
      Object.assign(document.createElement("div"), { className }),
    );
    scroll.append(table);
    section.append(heading, scroll, chart);
    await plotHistory(chart, own);
  }
}

await offerWorks();
await showHistory();
