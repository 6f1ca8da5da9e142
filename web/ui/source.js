// Shows a Python file of the page, so that a reader sees what runs. Colours, nothing more.

const TOKENS = new RegExp(
  [
    /(?<string>[rbf]{0,2}(?:"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))/,
    /(?<comment>#.*)/,
    /\b(?<keyword>and|as|async|await|class|def|elif|else|except|finally|for|from|global|if|import|in|is|lambda|not|or|raise|return|try|while|with|yield|None|True|False)\b/,
    /\b(?<number>\d[\d_.]*(?:e-?\d+)?)\b/,
  ]
    .map((pattern) => pattern.source)
    .join("|"),
  "g",
);

/** Replaces the contents of `element` by coloured Python. */
export function showPython(element, source) {
  element.replaceChildren();
  let end = 0;
  for (const match of source.matchAll(TOKENS)) {
    element.append(source.slice(end, match.index));
    const [kind] = Object.entries(match.groups).find(([, text]) => text !== undefined);
    const token = document.createElement("span");
    token.className = `py-${kind}`;
    token.textContent = match[0];
    element.append(token);
    end = match.index + match[0].length;
  }
  element.append(source.slice(end));
}

/** Fetches a Python file and shows it. */
export async function showFile(element, url) {
  const response = await fetch(url);
  showPython(element, response.ok ? await response.text() : `# ${url}: ${response.status}`);
}
