import { askStatus, STATUS_LIMIT } from "../../control/client.ts";
import { AppError, EXIT, type ExitCode } from "../../errors.ts";
import { chooseApp } from "../choose-app.ts";
import type { Io } from "../io.ts";
import type { Request } from "../verbs.ts";
import { Watch } from "./watch.ts";

/** A running app, live, until a key or the app ends it. */
export async function top(request: Request, io: Io): Promise<ExitCode> {
  if (!process.stdin.isTTY || io.stdout.isTTY !== true || io.env["TERM"] === "dumb") {
    const hint = "Programs read `drover status --json`.";
    throw new AppError("USAGE", "expected a terminal to draw on and to read keys from, got none", hint);
  }
  const { name, socket } = await chooseApp(request.sources);
  await askStatus(socket, STATUS_LIMIT);
  const ended = await new Watch(socket, io, process.stdin).untilItEnds();
  if (ended === "lost") {
    const message = `expected "${name}" to go on running, got no answer any more`;
    throw new AppError("NOT_RUNNING", message, `\`drover logs ${name}\` may say why.`);
  }
  if (ended === "stopped") io.stdout.write(`${name} has ended\n`);
  return EXIT.ok;
}
