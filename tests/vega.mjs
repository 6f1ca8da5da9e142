// Reads specifications of Vega-Lite, a list of them as JSON, from standard input; prints for each
// what is wrong with it (its schema's errors, the compiler's warnings) and the SVG it makes.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("../web/package.json", import.meta.url));
const Ajv = require("ajv");
const vegaLite = require("vega-lite");
const vega = require("vega");

const schema = JSON.parse(readFileSync(require.resolve("vega-lite/build/vega-lite-schema.json")));
const ajv = new Ajv({ strict: false, validateFormats: false });
const validate = ajv.compile(schema);

/** What the compiler and the view say, in the place of their consoles. */
function listening(said) {
  const tell = (...words) => (said.push(words.join(" ")), logger);
  const quiet = () => logger;
  const logger = { level: quiet, error: tell, warn: tell, info: quiet, debug: quiet };
  return logger;
}

async function check(spec) {
  const said = validate(spec) ? [] : [ajv.errorsText(validate.errors.slice(0, 5))];
  const logger = listening(said);
  const { spec: compiled } = vegaLite.compile(spec, { logger });
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logger });
  return { said, svg: await view.toSVG() };
}

const specs = JSON.parse(readFileSync(0));
const results = [];
for (const spec of specs) results.push(await check(spec));
console.log(JSON.stringify(results));
