import assert from "node:assert/strict";
import { constants } from "node:os";
import { suite, test } from "node:test";
import { Orphans } from "../../../src/primary/orphans/orphans.ts";
import type { SocketHandle } from "../../../src/primary/sockets/bind.ts";
import type { Address } from "../../../src/protocol/address.ts";
import type { ProcessName } from "../../../src/record/process-name.ts";
import type { Log } from "../../../src/telemetry/log.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const ADDRESS: Address = { kind: "tcp", host: null, port: 3000, family: 4, flags: 0, index: 0 };
const TAKEN = -constants.errno.EADDRINUSE;
const HANDLE = {} as SocketHandle;

interface Scene {
  /** What an orphan does with the address, by pid. */
  readonly orphans: Readonly<Record<number, "gone" | "hung" | "elsewhere" | "leaves-in-time" | "leaves-when-told">>;
  readonly succession?: boolean;
  /** Whether we were started in the dead one's place. Default false. */
  readonly succeeds?: boolean;
  /** Whether somebody else has the address, too. */
  readonly stranger?: boolean;
  /** Default true. */
  readonly holdersAreKnown?: boolean;
}

/** Every wait is over at once, and the clock says that it was. */
function hurried(clock: ManualClock): ManualClock {
  const after = clock.after.bind(clock);
  clock.after = (ms, callback) => {
    setImmediate(() => clock.advance(ms));
    return after(ms, callback);
  };
  return clock;
}

function stage(scene: Scene, clock: ManualClock) {
  const { orphans, succession = false, succeeds = false, stranger = false, holdersAreKnown = true } = scene;
  const signals: (readonly [number, string])[] = [];
  const lines: string[] = [];
  const dead = new Set<number>();
  const told = new Set<number>();
  const say = (event: string, _fields: object, text: string): void => void lines.push(`${event}: ${text}`);
  const log: Log = { debug: say, info: say, warn: say, error: say, flush: () => Promise.resolve() };
  const holds = (pid: number): boolean => {
    if (dead.has(pid)) return false;
    const how = orphans[pid];
    if (how === "leaves-when-told") return !told.has(pid);
    return how === "hung" || (how === "leaves-in-time" && clock.now() < 300);
  };
  const pids = Object.keys(orphans).map(Number);
  const world = {
    clock,
    log,
    bind: () => Promise.resolve(stranger || pids.some(holds) ? TAKEN : HANDLE),
    holds: (pid: number) => (holdersAreKnown ? holds(pid) : null),
    lives: ({ pid }: ProcessName) => orphans[pid] !== "gone" && !dead.has(pid),
    signal: ({ pid }: ProcessName, signal: NodeJS.Signals) => {
      signals.push([pid, signal]);
      if (signal === "SIGKILL") dead.add(pid);
      else told.add(pid);
      return true;
    },
  };
  const all = new Orphans(world, succeeds);
  const left = pids.map((pid) => ({ pid, start: "1" }));
  const inheritance = { name: "web", generation: 1, workers: null, withdrawn: false, restarts: [] };
  const former = { primary: { pid: 7, start: "1" }, succession: succession ? inheritance : null };
  all.take({ former: { ...former, processes: left, orphans: [] }, left });
  return { all, signals, lines, clock };
}

suite("an address that is taken at a start", () => {
  const rows: readonly (readonly [title: string, Scene, signals: readonly unknown[], got: unknown, line: RegExp])[] = [
    ["is nobody's: no orphan is touched", { orphans: { 8: "elsewhere" } }, [], HANDLE, /^$/],
    ["is a stranger's", { orphans: {}, stranger: true }, [], TAKEN, /^$/],
    ["is a stranger's, while orphans drain", { orphans: { 8: "elsewhere" }, stranger: true }, [], TAKEN, /^$/],
    ["is given up in time", { orphans: { 8: "leaves-in-time" } }, [], HANDLE, /:3000 was given up by .*\(pid 7\)/],
    [
      "is given up when its holder is told, who has waited for a successor",
      { orphans: { 8: "leaves-when-told" }, succession: true },
      [[8, "SIGTERM"]],
      HANDLE,
      /:3000 was given up by/,
    ],
    [
      "is a stranger's, while orphans serve another: they serve on",
      { orphans: { 8: "elsewhere" }, succession: true, stranger: true },
      [],
      TAKEN,
      /^$/,
    ],
    [
      "is given up when its holders are told, and they alone",
      { orphans: { 8: "leaves-when-told", 9: "elsewhere" }, succession: true },
      [[8, "SIGTERM"]],
      HANDLE,
      /:3000 was given up by/,
    ],
    [
      "is taken from a successor, which has inherited what the orphans serve: they serve on",
      { orphans: { 8: "leaves-when-told", 9: "hung" }, succession: true, succeeds: true },
      [],
      TAKEN,
      /^$/,
    ],
    [
      "is held by one that hangs: it alone is killed",
      { orphans: { 8: "elsewhere", 9: "hung", 10: "gone" } },
      [[9, "SIGKILL"]],
      HANDLE,
      /^orphans-killed: .*:3000 was still held by .* \(pid 7\), which has died, left behind: killed pid 9$/,
    ],
    [
      "may be held by any where the system does not tell",
      { orphans: { 8: "elsewhere", 9: "hung" }, holdersAreKnown: false },
      [
        [8, "SIGKILL"],
        [9, "SIGKILL"],
      ],
      HANDLE,
      /killed pid 8, 9$/,
    ],
  ];
  for (const [title, scene, signals, got, line] of rows) {
    test(title, async () => {
      const { all, ...seen } = stage(scene, hurried(new ManualClock()));
      assert.equal(await all.bind(ADDRESS), got);
      assert.deepEqual(seen.signals, signals);
      assert.match(seen.lines.join("\n"), line);
    });
  }
});

suite("orphans, once others serve,", () => {
  test("are told to leave where they have waited for that, and killed a second after the drain timeout", () => {
    const { all, signals, lines, clock } = stage(
      { orphans: { 8: "elsewhere", 9: "gone" }, succession: true },
      new ManualClock(),
    );
    all.release(20_000);
    all.release(20_000);
    assert.deepEqual(signals, [[8, "SIGTERM"]]);
    clock.advance(20_999);
    assert.deepEqual([signals.length, lines], [1, []]);
    clock.advance(1);
    assert.deepEqual(signals[1], [8, "SIGKILL"]);
    assert.match(lines.join(), /\(pid 7\), which has died, left behind ran on after the drain timeout: killed pid 8/);
  });

  test("have heard it once, and one that hangs on an address that is asked for anew is killed", async () => {
    const { all, signals, clock } = stage(
      { orphans: { 8: "hung", 9: "elsewhere" }, succession: true, succeeds: true },
      new ManualClock(),
    );
    all.release(20_000);
    hurried(clock);
    assert.equal(await all.bind(ADDRESS), HANDLE);
    assert.deepEqual(signals, [
      [8, "SIGTERM"],
      [9, "SIGTERM"],
      [8, "SIGKILL"],
    ]);
  });

  test("that leave by themselves hear nothing", () => {
    const { all, signals, clock } = stage({ orphans: { 8: "elsewhere" } }, new ManualClock());
    all.release(20_000);
    assert.deepEqual(signals, []);
    clock.advance(21_000);
    assert.deepEqual(signals, [[8, "SIGKILL"]]);
  });

  test("that come later join those that are there: all have the time of the last", () => {
    const { all, signals, clock } = stage({ orphans: { 8: "elsewhere", 9: "elsewhere" } }, new ManualClock());
    all.release(20_000);
    clock.advance(15_000);
    const inheritance = { name: "web", generation: 1, workers: null, withdrawn: false, restarts: [] };
    const late = { pid: 10, start: "1" };
    const former = { primary: { pid: 7, start: "2" }, succession: inheritance, processes: [late], orphans: [] };
    all.take({ former, left: [late] });
    all.release(20_000);
    assert.deepEqual(signals, [[10, "SIGTERM"]]);
    clock.advance(20_999);
    assert.equal(signals.length, 1);
    clock.advance(1);
    assert.deepEqual(
      signals.slice(1).map(([pid]) => pid),
      [8, 9, 10],
    );
  });
});
