import type { CertificateStatus, Snapshot } from "../../protocol/control.ts";
import type { LastCrash } from "../../protocol/crash.ts";
import { showLeft } from "../../tls/expiry.ts";
import { showBytes, showSpan, sum } from "../figures.ts";
import { addressesOf } from "../listens-on.ts";
import { sparkLine } from "../spark-line.ts";
import { showMs, showRate } from "./columns.ts";
import { gaugesOf, type Poll } from "./gauges.ts";
import type { Line } from "./line.ts";

/**
 * What the app is and does as a whole, and a line for each thing that is wrong or under way.
 * @param now Milliseconds since the epoch.
 */
export function headOf(polls: readonly Poll[], snapshot: Snapshot, now: number): readonly Line[] {
  return [headline(snapshot), figuresLine(polls, snapshot), ...troubles(snapshot, now), ...reloadLine(snapshot)];
}

function headline({ name, state, generation, workers, size, uptimeMs, drover, node, pid }: Snapshot): Line {
  // While it is reloaded a slot may have two.
  const ready = new Set(workers.flatMap((worker) => (worker.state === "ready" ? [worker.slot] : [])));
  const facts = `, generation ${generation}, ${ready.size} of ${size} workers ready, up ${showSpan(uptimeMs)}`;
  const format = state === "running" ? "green" : "yellow";
  return [
    { format: "bold", text: name },
    ": ",
    { format, text: state },
    facts,
    { format: "gray", text: `   Drover ${drover}, Node ${node}, primary ${pid}` },
  ];
}

function figuresLine(polls: readonly Poll[], { workers, listeners }: Snapshot): Line {
  const { rate, rates, p50, p99 } = gaugesOf(polls, null);
  const memory = showBytes(sum(workers.map(({ rssBytes }) => rssBytes)));
  return [
    { format: "bold", text: `${showRate(rate)} req/s ` },
    { format: "green", text: sparkLine(rates) },
    `   p50 ${showMs(p50)}   p99 ${showMs(p99)}   ${memory}   ${addressesOf(listeners)}`,
  ];
}

function troubles(snapshot: Snapshot, now: number): readonly Line[] {
  // A primary of an older version knows of none.
  const { degraded = [], certificates = [], lastCrash = null } = snapshot as Partial<Snapshot>;
  const said = [
    ...degraded.map(({ store, reason, ms }) => `store ${store}: ${reason}, for ${showSpan(ms)}`),
    ...certificates.filter((one) => isWrong(one, now)).map((one) => certificateText(one, now)),
    ...(lastCrash === null ? [] : [crashText(lastCrash, now)]),
  ];
  return said.map((text) => [{ format: "red", text }]);
}

function isWrong({ notAfter, problem }: CertificateStatus, now: number): boolean {
  return notAfter <= now || problem !== null;
}

function certificateText({ names, notAfter, problem }: CertificateStatus, now: number): string {
  const end = notAfter <= now ? "expired" : `expires in ${showLeft(notAfter, now)}`;
  return `certificate ${names.join(", ")}, ${end}${problem === null ? "" : `: ${problem}`}`;
}

function crashText({ id, at, slot, text }: LastCrash, now: number): string {
  return `last crash ${showSpan(Math.max(0, now - at))} ago, slot ${slot}: ${text} (drover crashes ${id})`;
}

function reloadLine({ reload }: Snapshot): readonly Line[] {
  if (reload === null) return [];
  const { from, to, phase, ms } = reload;
  return [[{ format: "cyan", text: `reload from generation ${from} to ${to}: ${phase}, ${showSpan(ms)}` }]];
}
