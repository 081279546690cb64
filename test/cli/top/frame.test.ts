import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { showMs, showRate } from "../../../src/cli/top/columns.ts";
import { frame, type Size } from "../../../src/cli/top/frame.ts";
import { actionOf, KEYS, type Mode } from "../../../src/cli/top/keys.ts";
import { clip, paintLine, textOf, type Line } from "../../../src/cli/top/line.ts";
import { EMPTY, withLines, withPoll, type View } from "../../../src/cli/top/view.ts";
import type { Snapshot } from "../../../src/protocol/control.ts";
import { unpainted } from "../../../src/telemetry/pretty.ts";
import { snapshot, worker } from "../../support/control.ts";

const AT = new Date(2026, 0, 2, 12, 0, 0).getTime();
const WIDE: Size = { columns: 120, rows: 16 };

/** After two polls, a second apart. */
function viewOf(own: Partial<Snapshot> = {}): View {
  const first = withPoll(EMPTY, snapshot(own), 0, AT);
  const more = snapshot(own).workers.map((one) => ({ ...one, requests: (one.requests ?? 0) + 300 }));
  return withPoll(first, snapshot({ ...own, workers: more }), 1000, AT);
}

function shown(view: View, size = WIDE): readonly string[] {
  return frame(view, size, AT).map((line) => paintLine(line, unpainted).trimEnd());
}

suite("a frame", () => {
  test("has what the app is, its workers, what has happened, and the keys", () => {
    const lastExit = { pid: 9, at: AT, reason: "killed by SIGKILL", error: null };
    assert.deepEqual(shown(viewOf({ workers: [worker(1), worker(2, { restarts: 1, lastExit })] })), [
      "web: running, generation 1, 2 of 2 workers ready, up 1 h 2 min   Drover 0.1.0, Node 24.21.0, primary 4240",
      "600 req/s █   p50 –   p99 –   128 MB   http://localhost:3000",
      "",
      "SLOT   PID  GEN  STATE  REQ/S              P50  P99     LAG  MEMORY  OPEN  IN FLIGHT  RESTARTS",
      "   1  4241    1  ready    300           █    –    –  1.5 ms   64 MB     3          1         0",
      "   2  4242    1  ready    300           █    –    –  1.5 ms   64 MB     3          1         1",
      "",
      "12:00:00  worker 2, pid 9, died: killed by SIGKILL",
      ...Array.from({ length: 7 }, () => ""),
      " r reload   + one more   - one less   l log   q quit",
    ]);
  });

  test("names stores and certificates that are in trouble, and a reload under way", () => {
    const certificate = { names: ["example.com"], notAfter: AT - 1, problem: null } as never;
    const lines = shown(
      viewOf({
        degraded: [{ store: "redis://cache", reason: "connection refused", slots: [1], ms: 2000 }],
        certificates: [certificate, { names: ["b.example.com"], notAfter: AT + 9e9, problem: "refused" } as never],
        lastCrash: { id: "4f2a", at: AT - 5000, slot: 2, reason: "signal", text: "killed by SIGSEGV" },
        reload: { from: 1, to: 2, phase: "trial", ms: 900 },
      }),
    );
    assert.deepEqual(lines.slice(2, 7), [
      "store redis://cache: connection refused, for 2.0 s",
      "certificate example.com, expired",
      "certificate b.example.com, expires in 104 d: refused",
      "last crash 5.0 s ago, slot 2: killed by SIGSEGV (drover crashes 4f2a)",
      "reload from generation 1 to 2: trial, 900 ms",
    ]);
  });

  for (const size of [
    { columns: 120, rows: 40 },
    { columns: 80, rows: 24 },
    { columns: 40, rows: 10 },
    { columns: 10, rows: 4 },
    { columns: 1, rows: 1 },
  ]) {
    test(`fits into ${size.columns} by ${size.rows}, whatever it shows`, () => {
      const many = Array.from({ length: 50 }, (_, index) => worker(index + 1));
      const view = withLines(
        viewOf({ workers: many, size: 50 }),
        Array.from({ length: 60 }, () => "x".repeat(200)),
      );
      for (const mode of ["workers", "confirm", "logs"] satisfies readonly Mode[]) {
        const lines = shown({ ...view, mode, said: { text: "y".repeat(300), kind: "well" } }, size);
        assert.equal(lines.length, size.rows);
        assert.ok(
          lines.every(({ length }) => length <= size.columns),
          lines.join("\n"),
        );
      }
    });
  }

  test("leaves columns out where it is narrow, and says how many workers it leaves out", () => {
    const many = Array.from({ length: 30 }, (_, index) => worker(index + 1));
    const lines = shown(viewOf({ workers: many, size: 30 }), { columns: 60, rows: 14 });
    assert.equal(lines[3], "SLOT   PID  GEN  STATE  REQ/S  P50  P99     LAG  MEMORY");
    assert.match(lines.join("\n"), /^and 23 more workers$/m);
  });

  test("shows the end of the log, and an app without one as such", () => {
    const view = { ...withLines(viewOf({ logFile: "/var/log/web.log" }), ["a", "b", "c"]), mode: "logs" as const };
    const lines = shown(view, { columns: 40, rows: 5 });
    assert.deepEqual(lines, ["/var/log/web.log", "b", "c", "", " l back   q quit"]);
    assert.match(shown({ ...viewOf(), mode: "logs" })[0] ?? "", /^web has no log file/);
  });

  test("asks before a reload, and shows what came of the last key on one line", () => {
    const lines = shown({ ...viewOf(), mode: "confirm" });
    assert.deepEqual(lines.slice(-2), ["Reload it, with the code that is on the disk now?", " y reload   n leave it"]);
    const failed = shown({ ...viewOf(), said: { text: "reload: \u001B[2Jno\u0001\nmore", kind: "trouble" } });
    assert.equal(failed.at(-2), "reload: no\uFFFD");
  });
});

test("a clipped line keeps its formats and says that it was longer", () => {
  const line: Line = ["ab", { format: "red", text: "cdef" }, "gh"];
  const clipped = (width: number): string => clip(line, width).map(textOf).join("|");
  assert.deepEqual(
    [clipped(8), clipped(7), clipped(4), clipped(3), clipped(2)],
    ["ab|cdef|gh", "ab|cdef…", "ab|c…", "ab…", "a…"],
  );
});

test("figures are as short as they can be", () => {
  assert.deepEqual([null, 0, 0.5, 9.94, 9.96, 1234.4].map(showRate), ["–", "0", "0.5", "9.9", "10", "1234"]);
  assert.deepEqual([null, 0.25, 9.94, 14.4, 1500, Infinity].map(showMs), [
    "–",
    "0.3 ms",
    "9.9 ms",
    "14 ms",
    "1.5 s",
    "> 10 s",
  ]);
});

const pressed: readonly (readonly [mode: Mode, sent: string, action: string | null])[] = [
  ["workers", "r", "ask"],
  ["workers", "y", null],
  ["workers", "+", "more"],
  ["workers", "=", "more"],
  ["workers", "-", "less"],
  ["workers", "l", "logs"],
  ["workers", "q", "quit"],
  ["workers", "\u0003", "quit"],
  ["workers", "\u001B", null],
  ["workers", "\u001B[A", null],
  ["confirm", "y", "reload"],
  ["confirm", "n", "cancel"],
  ["confirm", "\u001B", "cancel"],
  ["confirm", "r", null],
  ["confirm", "\u0003", "quit"],
  ["logs", "l", "back"],
  ["logs", "\u001B", "back"],
  ["logs", "r", null],
  ["logs", "q", "quit"],
];

for (const [mode, sent, action] of pressed) {
  test(`key ${JSON.stringify(sent)}, ${mode}: ${action}`, () => assert.equal(actionOf(mode, sent), action));
}

test("in every mode a key quits", () => {
  for (const keys of Object.values(KEYS)) assert.ok(keys.some(({ action }) => action === "quit"));
});
