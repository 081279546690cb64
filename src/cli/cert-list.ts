import { ask, STATUS_LIMIT } from "../control/client.ts";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import type { CertificateStatus } from "../protocol/control.ts";
import { showLeft } from "../tls/expiry.ts";
import { chooseApp } from "./choose-app.ts";
import { writeJson, type Io } from "./io.ts";
import { alignRows } from "./table.ts";
import type { Request } from "./verbs.ts";

export async function certList(request: Request, io: Io): Promise<ExitCode> {
  const { name, socket } = await chooseApp(request.sources);
  const result = await ask(socket, { verb: "certificates" }, { limit: STATUS_LIMIT });
  if (result.verb !== "certificates")
    throw new AppError("CONTROL_PROTOCOL", `expected the answer to certificates, got one to ${result.verb}`);
  if (request.json) writeJson(io, result);
  else if (result.certificates.length === 0) io.stdout.write(`${name}: ${result.text}\n`);
  else io.stdout.write(renderCertificates(result.certificates, Date.now()));
  return EXIT.ok;
}

const COLUMNS = ["NAMES", "ISSUER", "EXPIRES IN", "KEY", "SOURCE", "RENEWAL"];

/** @param now Milliseconds since the epoch. */
function renderCertificates(certificates: readonly CertificateStatus[], now: number): string {
  const table = alignRows([COLUMNS, ...certificates.map((one) => cells(one, now))]);
  const problems = certificates.flatMap(({ names, problem }) =>
    problem === null ? [] : [`${names.join(", ")}: ${problem}\n`],
  );
  return `${table}${problems.join("")}`;
}

function cells(one: CertificateStatus, now: number): readonly string[] {
  const { names, issuer, notAfter, keyType, source, renewsAt } = one;
  const renewal = renewsAt === null ? "-" : renewsAt <= now ? "now" : `in ${showLeft(renewsAt, now)}`;
  return [names.join(", ") || "-", issuer, showLeft(notAfter, now), keyType, source, renewal];
}
