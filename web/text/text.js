// The text page: comments and questions come in, bars and marked passages go out. They are found in
// text.py.

import { showBars } from "../ui/bars.js";
import { startWithModel } from "../ui/model.js";
import {
  Runtime,
  connectSettings,
  milliseconds,
  percent,
  reasonOf,
  setting,
  textElement,
} from "../ui/runtime.js";
import { showFile } from "../ui/source.js";
import { connectTasks } from "../ui/tasks.js";

const COMMENT = "You are an idiot, and nobody will ever listen to you.";
const PASSAGE = `The first message over what became the Internet was sent on 29 October 1969, from \
a computer at the University of California in Los Angeles to one at the Stanford Research \
Institute. It was meant to be the word “login”. The system crashed after two letters.`;
const TASKS = {
  toxicity: {
    name: "Toxicity",
    about: "The network reads a comment and judges seven kinds of toxicity. It errs: it has learnt from what people have written and judged.",
    label: "Comment",
    text: COMMENT,
    ask: (text) => python.call("judge", text),
    show: showLabels,
  },
  questions: {
    name: "MobileBERT",
    about: "MobileBERT finds the places of a text that answer a question. It is 100 MB.",
    label: "Text",
    text: PASSAGE,
    ask: (text) => python.call("answer", $("question").value, text),
    show: showAnswers,
  },
};

const $ = (id) => document.getElementById(id);
const runtime = new Runtime($("runtime"));
let python = null; // as soon as the model is loaded

function showLabels({ labels, ms }) {
  const found = labels.filter(({ match }) => match).map(({ name }) => name);
  $("sentence").textContent = found.length ? `This is ${found.join(", ")}` : "Nothing toxic was found";
  showBars($("bars"), labels);
  $("timing").textContent = `Judged in ${milliseconds(ms)}.`;
}

function showAnswers({ answers, ms }, text) {
  $("sentence").textContent = answers[0]?.text ?? "The text does not say";
  $("bars").replaceChildren();
  mark(text, answers[0]);
  $("timing").textContent = `${answers.length} answers in ${milliseconds(ms)}.`;
}

/** Shows the text with the place of an answer marked, if there is one. */
function mark(text, found) {
  $("marked").hidden = !found;
  if (!found) return;
  const { start, end } = found;
  const marked = textElement("mark", text.slice(start, end));
  $("marked").replaceChildren(text.slice(0, start), marked, text.slice(end));
}

const tasks = connectTasks(TASKS, (task) => {
  const { about, label, text } = TASKS[task];
  $("about").textContent = about;
  $("text-label").textContent = label;
  $("text").value = text;
  $("question-field").hidden = task !== "questions";
  $("question").required = task === "questions";
  $("question").value = task === "questions" ? "What was the first message meant to be?" : "";
  $("bars").replaceChildren();
  $("marked").hidden = true;
  $("sentence").textContent = "The answer appears here.";
  $("timing").textContent = "";
  $("text-error").hidden = true;
  $("ask").disabled = true;
  python = null;
});

$("asked").onsubmit = async (event) => {
  event.preventDefault();
  $("text-error").hidden = true;
  $("ask").disabled = true;
  try {
    const { ask, show } = TASKS[tasks.current];
    const text = $("text").value;
    const found = await tasks.use(() => ask(text));
    if (found) show(found, text);
  } catch (error) {
    console.error(error);
    $("text-error").textContent = reasonOf(error);
    $("text-error").hidden = false;
  }
  $("ask").disabled = !python;
};

async function start() {
  connectSettings($("settings"));
  showFile($("source"), "text.py");
  const loaded = (started) => {
    python = started;
    $("ask").disabled = false;
  };
  await startWithModel(runtime, "text.py", tasks, { detail: setting("vocabulary"), loaded });
}

start().catch((error) => {
  console.error(error);
  runtime.fail(error);
});
