import type { TestContext } from "node:test";
import { startArguments } from "../../../src/cli/start-arguments.ts";
import { describeImage, type Image } from "../../../src/deploy/docker/image.ts";
import type { PackageFacts } from "../../../src/deploy/docker/install.ts";
import { resolveIn, type Given } from "../../config/resolve-in.ts";
import { temporaryFolder } from "../../support/fixture.ts";

const FACTS: PackageFacts = {
  engines: null,
  packageManager: null,
  scripts: [],
  dependencies: ["drover", "@redis/client"],
  devDependencies: [],
  files: ["package.json", "package-lock.json"],
  ignored: null,
};

/** What is known of an app in a folder of its own, where `app.js` is called as given. */
export async function imageOf(t: TestContext, given: Given, facts: Partial<PackageFacts> = {}): Promise<Image> {
  const folder = temporaryFolder(t);
  const flags = { name: "shop", ...given.flags };
  const resolved = await resolveIn(folder, { entry: "app.js", ...given, flags });
  const sources = { env: {}, cwd: folder, entry: "app.js", ...given, flags };
  return describeImage({
    resolved,
    words: startArguments(sources),
    folder,
    facts: { ...FACTS, ...facts },
    version: "1.2.3",
  });
}
