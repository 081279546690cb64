import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { answer, type HealthFacts } from "../../src/telemetry/health.ts";
import { HEALTHY } from "../support/health.ts";

const BOOTING = { announced: false, ready: 0, noneReadyMs: 1_500 } as const;

type Statuses = readonly [livez: number, startupz: number, readyz: number, up: number];
type Row = readonly [title: string, facts: Partial<HealthFacts>, statuses: Statuses];

const rows: readonly Row[] = [
  ["all workers ready", {}, [200, 200, 200, 200]],
  ["none ready yet", BOOTING, [200, 503, 503, 503]],
  ["the quorum ready, but not all first workers yet", { announced: false, ready: 2 }, [200, 503, 200, 200]],
  ["half of four ready", { ready: 2 }, [200, 200, 200, 200]],
  ["fewer than half of four ready", { ready: 1 }, [200, 200, 503, 200]],
  ["one of three ready, when half is two", { size: 3, ready: 1 }, [200, 200, 503, 200]],
  ["the only worker ready", { size: 1, ready: 1 }, [200, 200, 200, 200]],
  ["fewer ready than the quorum that was set", { ready: 3, quorum: 4 }, [200, 200, 503, 200]],
  ["a quorum beyond the workers there are to be", { size: 2, ready: 2, quorum: 4 }, [200, 200, 200, 200]],
  ["none ready any more", { ready: 0, noneReadyMs: 12_000 }, [200, 200, 503, 503]],
  ["drained by command", { lameduck: "drain" }, [200, 200, 503, 503]],
  ["told to stop, serving", { lameduck: "stop" }, [200, 200, 503, 503]],
  ["stopping", { stopping: true }, [200, 200, 503, 503]],
  ["reloading", { reloading: true }, [200, 200, 200, 200]],
  ["a store that is away", { degraded: [{ store: "redis://cache", reason: "refused" }] }, [200, 200, 200, 200]],
  ["a supervision that is stuck", { stuck: true }, [503, 200, 200, 200]],
];

suite("livez, startupz, readyz and up with", () => {
  for (const [title, facts, statuses] of rows) {
    test(title, () => {
      const asked = ["/livez", "/startupz", "/readyz", "/up"].map((path) =>
        answer("GET", path, { ...HEALTHY, ...facts }),
      );
      assert.deepEqual(
        asked.map(({ status }) => status),
        statuses,
      );
      for (const { status, body } of asked) assert.equal(body === "ok\n", status === 200, body);
    });
  }
});

type Saying = readonly [title: string, url: string, facts: Partial<HealthFacts>, body: string];

const sayings: readonly Saying[] = [
  ["a reason", "/readyz", { ready: 1 }, "workers: 1 of 4 ready, at least 2 needed\n"],
  [
    "each reason",
    "/readyz",
    { ready: 0, noneReadyMs: 12_340, stopping: true },
    "workers: 0 of 4 ready for 12.3 s, at least 2 needed\nstop: under way\n",
  ],
  ["how far the start is", "/startupz", BOOTING, "start: 0 of 4 workers ready\n"],
  [
    "each check on request",
    "/readyz?verbose",
    {},
    "[+]workers ok: 4 of 4 ready, at least 2 needed\n[+]lameduck ok\n[+]stop ok\nreadyz check passed\n",
  ],
  [
    "each check on request, the failed ones marked",
    "/readyz?verbose=1&x",
    { lameduck: "stop" },
    "[+]workers ok: 4 of 4 ready, at least 2 needed\n[-]lameduck failed: told to stop\n[+]stop ok\nreadyz check failed\n",
  ],
  [
    "a reload under way",
    "/readyz?verbose",
    { reloading: true },
    "[+]workers ok: 4 of 4 ready, at least 2 needed\n[+]lameduck ok\n[+]stop ok\n[+]reload ok: under way\nreadyz check passed\n",
  ],
  [
    "a store that cannot do its work",
    "/readyz?verbose",
    { degraded: [{ store: "redis://cache:6379", reason: "connection refused" }] },
    "[+]workers ok: 4 of 4 ready, at least 2 needed\n[+]lameduck ok\n[+]stop ok\n[+]store ok: degraded: redis://cache:6379: connection refused\nreadyz check passed\n",
  ],
  ["what keeps it alive", "/livez?verbose", {}, "[+]loop ok\n[+]supervision ok\nlivez check passed\n"],
];

suite("says", () => {
  for (const [title, url, facts, body] of sayings) {
    test(title, () => assert.equal(answer("GET", url, { ...HEALTHY, ...facts }).body, body));
  }
});

test("lists what there is to those who ask for something else", () => {
  for (const url of ["/", "", "/metrics", "/readyz/", "/constructor", "//livez"]) {
    const { status, body } = answer("GET", url, HEALTHY);
    assert.equal(status, 404, url);
    assert.match(body, /\/livez, \/startupz, \/readyz, \/up/);
  }
});

test("answers HEAD as GET, and no other method", () => {
  assert.deepEqual(answer("HEAD", "/up", HEALTHY), answer("GET", "/up", HEALTHY));
  for (const method of ["POST", "PUT", "OPTIONS", "get"]) {
    const { status, headers } = answer(method, "/up", HEALTHY);
    assert.deepEqual([status, headers["allow"]], [405, "GET, HEAD"], method);
  }
});

test("lets nobody keep an answer", () => {
  for (const url of ["/up", "/nowhere"]) assert.equal(answer("GET", url, HEALTHY).headers["cache-control"], "no-store");
});
