import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { showBytes, showCount, showShare, showSpan, sum } from "../../src/cli/figures.ts";
import { renderApps } from "../../src/cli/ls.ts";
import { renderStatus } from "../../src/cli/render-status.ts";
import type { ListenerStatus } from "../../src/protocol/control.ts";
import { snapshot, worker } from "../support/control.ts";

const NOW = 1_700_000_000_000;

function own(slot: number, coveredBy: number | null = null): ListenerStatus {
  return { address: `*:${2999 + slot}`, protocol: "http", slot, coveredBy };
}

suite("figures", () => {
  const spans: readonly (readonly [ms: number, text: string])[] = [
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [9999, "9.9 s"],
    [10_000, "10 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [61_000, "1 min 1 s"],
    [3_599_999, "59 min 59 s"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [86_400_000, "1 d"],
    [90_000_000, "1 d 1 h"],
  ];
  for (const [ms, text] of spans) test(`${ms} ms are ${text}`, () => assert.equal(showSpan(ms), text));

  test("are a question mark where they are not known", () => {
    assert.deepEqual([showBytes(null), showShare(null), showCount(null), sum([null])].map(String), [
      "?",
      "?",
      "?",
      "null",
    ]);
    assert.deepEqual([showBytes(0), showShare(0), showCount(0), sum([null, 0])].map(String), ["0 MB", "0 %", "0", "0"]);
    assert.deepEqual([showBytes(1.5 * 2 ** 30), showShare(0.999), sum([1, null, 2])], ["1.5 GB", "100 %", 3]);
  });
});

suite("status", () => {
  test("shows the app, then its workers", () => {
    assert.equal(
      renderStatus(snapshot(), NOW),
      `web: running, generation 1, 2 of 2 workers ready, up 1 h 2 min
  entry    /srv/web/app.js
  primary  pid 4240, in the foreground, Drover 0.1.0, Node 24.21.0
  listens  http://localhost:3000 (http)
  store    sqlite:/home/ada/.drover/state/web/store.db

SLOT  PID   GENERATION  STATE  UPTIME  RESTARTS  MEMORY  BUSY  LAG     OPEN  IN FLIGHT  REQUESTS
1     4241  1           ready  1 min   0         64 MB   13 %  1.5 ms  3     1          1234
2     4242  1           ready  1 min   0         64 MB   13 %  1.5 ms  3     1          1234
`,
    );
  });

  test("shows a store that cannot do its work, and so does ls", () => {
    const trouble = { store: "redis://cache:6379", reason: "connection refused", ms: 12_000 };
    const degraded = [
      { ...trouble, slots: [1, 2] },
      { ...trouble, store: "sqlite:/a.db", slots: [2] },
    ];
    const text = renderStatus(snapshot({ store: "redis://cache:6379", degraded }), NOW);
    assert.match(text, /^ {2}store +redis:\/\/cache:6379$/m);
    assert.match(
      text,
      /^ {2}degraded +redis:\/\/cache:6379: connection refused \(workers 1, 2\), for 12 s: .* answered 503$/m,
    );
    assert.match(text, /^ {2}degraded +sqlite:\/a\.db: connection refused \(worker 2\)/m);
    assert.match(renderApps([snapshot({ degraded })]), /^web +running, degraded +1 /m);
    assert.match(renderApps([snapshot()]), /^web +running +1 /m);
  });

  test("shows a reload under way, where the log and the health endpoints are, and how slots lost their workers", () => {
    const lastExit = {
      pid: 77,
      at: NOW - 90_000,
      reason: "exited with code 1",
      error: { name: "TypeError", message: "x is no function\nmore" },
    };
    const text = renderStatus(
      snapshot({
        state: "reloading",
        detached: true,
        logFile: "/var/log/web.log",
        admin: "http://127.0.0.1:9000",
        listeners: [],
        reload: { from: 3, to: 4, phase: "trial", ms: 1234 },
        workers: [
          worker(1, { restarts: 2, lastExit }),
          worker(2, { state: "starting", rssBytes: null, elu: null, eventLoopLagMs: null, connections: null }),
        ],
      }),
      NOW,
    );
    assert.match(text, /^web: reloading, generation 1, 1 of 2 workers ready/);
    assert.match(text, /^ {2}primary +pid 4240, in the background/m);
    assert.match(text, /^ {2}listens +on nothing$/m);
    assert.match(
      text,
      /^ {2}health +http:\/\/127\.0\.0\.1:9000\n {2}log +\/var\/log\/web\.log\n {2}reload +from generation 3 to 4: trial, 1\.2 s so far$/m,
    );
    assert.match(text, /^2 .*starting +1 min +0 +\? +\? +\? +\? +1 +1234$/m);
    assert.match(text, /^slot 1 lost pid 77 1 min 30 s ago: exited with code 1: TypeError: x is no function\n$/m);
  });

  test("shows where each worker has an address of its own, and who covers for whom", () => {
    const metrics = { address: "*:9100", protocol: "http", slot: null, coveredBy: null } as const;
    const text = renderStatus(snapshot({ listeners: [own(2), own(1), metrics, own(3, 1)] }), NOW);
    assert.match(
      text,
      /^ {2}listens +\*:9100 \(http\)\n +\*:3000 to 3002 \(http\), one per worker\n +\*:3002 by worker 1 for worker 3$/m,
    );
    assert.match(renderApps([snapshot({ listeners: [own(1), own(2), own(3)] })]), /\*:3000 to 3002$/m);
  });

  test("shows how the last reload failed, in the app's own words and once", () => {
    const message = "generation 2 failed, generation 1 serves on: it threw\nError: oh\n    at app.js:1:2";
    const lastReload = {
      generation: 1,
      outcome: "rolled-back",
      at: NOW - 5000,
      text: message.split("\n")[0] ?? "",
      error: { code: "RELOAD_FAILED", message, hint: "Mend it.\nThen reload." },
      ledger: null,
    } as const;
    const text = renderStatus(snapshot({ lastReload }), NOW);
    assert.match(
      text,
      /^ {2}last reload {2}rolled back 5\.0 s ago: generation 2 failed, generation 1 serves on: it threw\n {15}Error: oh\n {19}at app\.js:1:2\n {15}Mend it\.\n {15}Then reload\.$/m,
    );
  });
});

test("ls has a line for each app", () => {
  const apps = [
    snapshot({ workers: [worker(1, { restarts: 2 }), worker(2, { restarts: 1, state: "starting" })] }),
    snapshot({
      name: "@my/background",
      state: "starting",
      generation: 12,
      size: 4,
      workers: [],
      listeners: [],
      uptimeMs: 850,
    }),
  ];
  assert.equal(
    renderApps(apps),
    `NAME            STATE     GENERATION  WORKERS  RESTARTS  MEMORY  UPTIME     ADDRESS
web             running   1           1/2      3         128 MB  1 h 2 min  http://localhost:3000
@my/background  starting  12          0/4      0         0 MB    850 ms
`,
  );
});
