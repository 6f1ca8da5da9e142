// Runs compile_wheel.py in Pyodide, so that the byte code is the page's Python's own.
// Usage: node compile_wheel.mjs WHEEL OUTPUT_FOLDER
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "../node_modules/pyodide/pyodide.mjs";

const [wheel, folder] = process.argv.slice(2);
const script = join(dirname(fileURLToPath(import.meta.url)), "compile_wheel.py");

try {
  // Columns in tracebacks mark places in the source, which this wheel leaves out: a fifth less.
  const pyodide = await loadPyodide({ env: { PYTHONNODEBUGRANGES: "1" } });
  pyodide.runPython(await readFile(script, "utf8"));
  const compileWheel = pyodide.globals.get("compile_wheel");
  const [name, bytes] = compileWheel(basename(wheel), new Uint8Array(await readFile(wheel)));
  await writeFile(join(folder, name), bytes.toJs());
} catch (error) {
  // Node's own report would quote Pyodide's minified source.
  console.error(error.message);
  process.exit(1);
}
