import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { json } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./fixture.ts";

/** How `docker …` ended. */
export interface Done {
  readonly code: number;
  readonly said?: string;
}

/** A call of `docker` in a script, and the variable TAG of its environment. */
export interface Call {
  readonly words: readonly string[];
  readonly tag: string;
}

const command = fileURLToPath(new URL("../fixtures/docker/docker.cjs", import.meta.url));

/** The environment in which `docker` is what `carryOut` does. It is one call after the other. */
export async function startEngine(
  t: TestContext,
  carryOut: (call: Call) => Done | Promise<Done>,
): Promise<NodeJS.ProcessEnv> {
  const folder = temporaryFolder(t);
  const [bin, socket] = [join(folder, "bin"), join(folder, "engine.sock")];
  mkdirSync(bin);
  copyFileSync(command, join(bin, "docker"));
  chmodSync(join(bin, "docker"), 0o755);
  const server = createServer((request, response) => {
    void json(request)
      .then((call) => carryOut(call as Call))
      .catch((error: unknown): Done => ({ code: 125, said: `${String(error)}\n` }))
      .then(({ code, said = "" }) => response.writeHead(200, { "x-exit-code": code }).end(said));
  });
  server.listen(socket);
  await once(server, "listening");
  t.after(() => server.close());
  const path = [bin, join(process.execPath, ".."), process.env["PATH"]].join(delimiter);
  return { ...process.env, PATH: path, TEST_ENGINE: socket };
}
