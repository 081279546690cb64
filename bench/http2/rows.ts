import { join } from "node:path";
import { droverRow, type Row } from "../rows.ts";
import { SERVERS, titleOf, type Case } from "./cases.ts";
import type { Place } from "./place.ts";

const file = (name: string): string => join(import.meta.dirname, "../servers", name);

/** How the server of a case is started. */
export function rowOf(one: Case, place: Place): Row {
  const { command } = SERVERS[one.server];
  if (command === "drover") return drover(one, place);
  const { app: APP, protocol: PROTOCOL } = one;
  return {
    name: titleOf(one),
    command: () => [file(`${command}.js`)],
    env: { APP, PROTOCOL, SERVER: "plain.js", TLS_CERT: place.cert, TLS_KEY: place.key },
  };
}

function drover(one: Case, { cert, key, home }: Place): Row {
  const tls = one.protocol === "h1" ? [] : ["--tls-cert", cert, "--tls-key", key];
  const row = droverRow(titleOf(one), `servers/apps/${one.app}.js`, ["--name", "bench", ...tls]);
  return { ...row, env: { DROVER_HOME: home } };
}
