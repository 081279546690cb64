import { askStatus, STATUS_LIMIT } from "../control/client.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { chooseApp } from "./choose-app.ts";
import { writeJson, type Io } from "./io.ts";
import { renderStatus } from "./render-status.ts";
import type { Request } from "./verbs.ts";

export async function status(request: Request, io: Io): Promise<ExitCode> {
  const { socket } = await chooseApp(request.sources);
  const snapshot = await askStatus(socket, STATUS_LIMIT);
  if (request.json) writeJson(io, snapshot);
  else io.stdout.write(renderStatus(snapshot, Date.now()));
  return EXIT.ok;
}
