import { join } from "node:path";
import { render } from "./report/render.ts";

/** Charts and summary once more from the JSON files: `node bench/render.ts [FOLDER]`, default bench/results. */
const folder = process.argv[2] ?? join(import.meta.dirname, "results");
process.stdout.write(`${render(folder)} workloads: ${join(folder, "README.md")}\n`);
