// A list of bars, one for each class and its probability.

import { percent, textElement } from "./runtime.js";

/** Shows `{name, probability, title}` as the bars of a list, the likeliest one told apart. */
export function showBars(list, classes) {
  const best = Math.max(...classes.map(({ probability }) => probability));
  list.replaceChildren(...classes.map((found) => bar(found, found.probability === best)));
}

function bar({ name, probability, title = "" }, best) {
  const item = document.createElement("li");
  item.classList.toggle("best", best);
  const label = textElement("span", name, "name");
  if (title) label.title = title;
  const filled = textElement("span", "", "bar");
  filled.style.setProperty("--share", probability);
  item.append(label, textElement("span", percent(probability), "share"), filled);
  return item;
}
