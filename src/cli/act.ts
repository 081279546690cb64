import { ask } from "../control/client.ts";
import { EXIT } from "../errors.ts";
import type { Command } from "../protocol/control.ts";
import { chooseApp } from "./choose-app.ts";
import { writeJson } from "./io.ts";
import { openProgress } from "./progress.ts";
import type { Request, Run } from "./verbs.ts";

/** A verb that has a running app carry out a command, and changes it: shows its steps, and ends with its outcome. */
export function act(toCommand: (request: Request) => Command): Run {
  return async (request, io) => {
    const command = toCommand(request);
    const { name, socket } = await chooseApp(request.sources);
    const progress = openProgress(io);
    const asked = ask(socket, command, { onProgress: (step) => progress.show(step) });
    const result = await asked.finally(() => progress.close());
    if (request.json) writeJson(io, result);
    else io.stdout.write(`${name}: ${result.text}\n`);
    return EXIT.ok;
  };
}
