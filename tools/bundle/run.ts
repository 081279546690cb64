/** Writes the JavaScript of the package into DIST. `node tools/bundle/run.ts DIST` */
import { bundleCertifier } from "./certifier.ts";
import { bundleDrover } from "./drover.ts";

const [dist = "dist"] = process.argv.slice(2);
await bundleDrover(dist);
await bundleCertifier(dist);
