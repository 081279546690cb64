import { findPoison } from "../crashes/poison.ts";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import type { Crash } from "../protocol/crash.ts";
import { findCrashes, type Found } from "./find-crashes.ts";
import { writeJson, type Io } from "./io.ts";
import { renderCrash } from "./render-crash.ts";
import { renderCrashes } from "./render-crashes.ts";
import type { Request } from "./verbs.ts";

/** Says why workers died: all causes, or one in full. */
export async function crashes(request: Request, io: Io): Promise<ExitCode> {
  const found = await findCrashes(request.sources, request.operands[0]);
  if (found.id === undefined) list(found, request.json, io);
  else show(choose(found, found.id), request.json, io);
  return EXIT.ok;
}

function list({ name, crashes: all }: Found, json: boolean, io: Io): void {
  const poison = findPoison(all.flatMap(({ traces }) => traces));
  if (json) writeJson(io, { name, poison, crashes: all.map(brief) });
  else io.stdout.write(renderCrashes(name, all, poison, Date.now()));
}

/** What the list shows of it. */
function brief({ id, cause, count, firstAt, lastAt, last }: Crash): object {
  const { reason, text, slot, generation, release } = last;
  return { id, reason, text, cause, count, firstAt, lastAt, slot, generation, release };
}

function show(crash: Crash, json: boolean, io: Io): void {
  if (json) writeJson(io, crash);
  else io.stdout.write(renderCrash(crash, Date.now()));
}

/** The beginning of an id will do where no other begins like that. */
function choose({ name, crashes: all }: Found, id: string): Crash {
  const [match, ...others] = id === "" ? [] : all.filter((crash) => crash.id.startsWith(id.toLowerCase()));
  if (match && others.length === 0) return match;
  const got = match ? `one that ${others.length + 1} reports begin with` : "one that no report has";
  const hint = `\`drover crashes ${name}\` lists them. Another app's are listed by its own name.`;
  throw new AppError("CRASH_NOT_FOUND", `expected the id of a crash report of ${name}, got ${got}: "${id}"`, hint);
}
