/**
 * What can go wrong with a server of several processes, by what others test (Puma, Unicorn, HAProxy, nginx, Envoy, systemd), and what shows how Drover takes it:
 * faults that a run of the fault tests records, a test without traffic, or a reason why it cannot happen here.
 */
export type Scenario = { readonly what: string } & (
  | { readonly faults: RegExp }
  | { readonly test: string; readonly says: string }
  | { readonly isNone: string }
);

const faults = (what: string, pattern: RegExp): Scenario => ({ what, faults: pattern });
/** `says`: a part of the test's sentence. */
const test = (what: string, file: string, says: string): Scenario => ({ what, test: file, says });
const none = (what: string, reason: string): Scenario => ({ what, isNone: reason });

export const SCENARIOS: readonly Scenario[] = [
  faults("kill -9 of one worker", /^kill -9 of a worker of/),
  faults("a worker is stopped (SIGSTOP), then killed, with clients in the queue", /is frozen for/),
  faults("kill -9 of all workers at once", /^kill -9 of all workers/),
  faults("an endless loop in one worker", /^while \(true\) in one worker/),
  test(
    "a worker is blocked for less than the hang timeout",
    "test/faults/hang.test.ts",
    "stands still for less than the timeout",
  ),
  faults("the primary is stopped (SIGSTOP) for a minute", /^SIGSTOP of the primary/),
  none(
    "the wall clock jumps by an hour",
    "every deadline is on the monotonic clock, which does not jump; one that comes late, after a suspension, forgives",
  ),
  test(
    "the app throws as it boots, at the first start",
    "test/e2e/supervision.test.ts",
    "ends with exit code 3 when it",
  ),
  faults("the same after a reload", /^reload of a release .* throws as it boots/),
  faults("a release never listens, or never says that it is ready", /^reload of a release .* never (listens|says)/),
  faults("a release dies soon after it is ready", /^reload of a release .* 1 s after it is ready/),
  faults("reloads in a row under POSTs and GETs", /rolling reloads in a row/),
  faults("a storm of HUP", /^HUP 50 times/),
  faults("TERM during a reload", /^TERM during a reload/),
  faults("HUP, TTIN and TTOU at random", /^TTIN, TTOU and HUP/),
  test("TTOU below one worker", "test/faults/signal-storm.test.ts", "TTOU never takes the last worker"),
  faults("clients that pipeline for ever, at a stop", /pipeline 20 requests/),
  faults("a thousand idle connections at a stop", /^TERM with .* idle/),
  faults("a request crosses the close of its idle connection", /in the very moment its idle connection is closed/),
  faults("a long download at a reload", /rolling reloads in a row/),
  faults("a slow upload at a reload", /rolling reloads in a row/),
  faults("hundreds of WebSockets at a reload", /^reload under \d+ WebSockets/),
  faults("event streams at a reload", /rolling reloads in a row/),
  faults("HTTP/2 sessions with many streams at a reload", /HTTP\/2 sessions with/),
  faults("idle HTTP/2 sessions at a stop", /^TERM with .* idle .*HTTP\/2/),
  faults("a request that takes longer than the drain timeout", /longer than the drain timeout/),
  test("a second TERM or INT", "test/e2e/stopping.test.ts", "stops at once"),
  test("an app whose own TERM handler stays", "test/e2e/stopping.test.ts", "a worker whose own handler stays"),
  faults("a worker leaves processes of its own behind", /child of its own/),
  faults("kill -9 of the primary", /^kill -9 of (the|a) .*primary/),
  faults("restart of the whole service on sockets that systemd holds", /^restart of the whole service/),
  faults("upgrades of Drover itself, one after the other", /upgrades of Drover itself in a row/),
  test(
    "an upgrade to a build that does not start",
    "test/faults/upgrade-undone.test.ts",
    "to a broken build goes back",
  ),
  test(
    "a second upgrade while one is under way",
    "test/faults/upgrade-undone.test.ts",
    "another one, a reload and a scale are refused meanwhile",
  ),
  faults("an upgrade and back again", /upgrades of Drover itself in a row/),
  faults("descriptors after many reloads and upgrades", /, descriptors of/),
  none(
    "connections of a worker that goes, on sockets of its own (reusePort)",
    "workers share one socket; no connection belongs to a worker before it accepts it",
  ),
  none("reusePort without the kernel's migration of requests", "as above"),
  faults("a worker has no descriptors left", /no descriptors left/),
  faults("clients reset their connections before they are accepted", /reset their connections before/),
  faults("an app that leaks memory, under its limit", /that leak past/),
  faults("all workers come to their number of requests at once", /^recycle\.requests reached/),
  test(
    "the kernel's OOM killer takes a worker",
    "test/e2e/crashes.test.ts",
    "says that it was the kernel's OOM killer",
  ),
  faults("nobody reads what Drover says", /stdout/),
  test("the disk of the log is full", "test/e2e/log-file.test.ts", "a file that cannot grow costs lines"),
  test(
    "a control socket of a primary that was killed",
    "test/e2e/control.test.ts",
    "is free again when its primary was killed",
  ),
  test(
    "a unix socket that somebody left behind",
    "test/e2e/sockets.test.ts",
    "take over the file of a process that was killed",
  ),
  faults("the address is taken, at a reload", /^reload to a port that is taken/),
  faults("a worker floods its primary with messages", /messages of 1 MB/),
  faults("workers that exit by themselves, again and again", /exits one second after each answer/),
];
