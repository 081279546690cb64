import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createCertificate } from "../support/certificate.ts";
import { request, type Target } from "../support/client.ts";
import { start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { startLoad } from "../support/load.ts";
import { kill } from "../support/proc.ts";
import { countersIn, parseMetrics, total, type MetricFamily } from "../support/prometheus.ts";
import { until } from "../support/wait.ts";

const GRAFANA = fileURLToPath(new URL("../../docs/grafana/", import.meta.url));

type Scrape = ReadonlyMap<string, MetricFamily>;

async function serve(t: TestContext, entry: string, options: DroverOptions = {}): Promise<[ReadyDrover, Target]> {
  const { flags = [] } = options;
  const drover = await start(t, app(entry), { ...options, flags: ["--admin", "0", ...flags] });
  const { url } = await drover.log.event("admin-listening");
  return [drover, { port: Number(new URL(String(url)).port) }];
}

async function scrape(admin: Target): Promise<Scrape> {
  const { response } = await request(admin, { path: "/metrics" });
  assert.equal(response?.status, 200);
  return parseMetrics(response.body.toString());
}

/** Scrapes again and again until `stop()`, which answers how often a counter fell, was lost, and how often it looked. */
function watchCounters(admin: Target): { stop: () => Promise<{ fallen: string[]; scrapes: number }> } {
  const fallen: string[] = [];
  const over = new AbortController();
  let scrapes = 0;
  // Some hundred are enough, and the machine has others to serve.
  const look = async (): Promise<void> => {
    let before = new Map<string, number>();
    while (!over.signal.aborted) {
      const now = countersIn(await scrape(admin));
      for (const [key, value] of before)
        if (!((now.get(key) ?? -1) >= value)) fallen.push(`${key}: ${value} → ${now.get(key)}`);
      before = now;
      scrapes += 1;
      await delay(50);
    }
  };
  const looking = look();
  return {
    stop: async () => {
      over.abort();
      await looking;
      return { fallen, scrapes };
    },
  };
}

suite("metrics", () => {
  test("count each request through reloads, and never fall when workers are killed", async (t) => {
    const [drover, admin] = await serve(t, "metrics/express.js", { flags: ["--probation", "200ms"] });
    const counters = watchCounters(admin);
    const load = startLoad(t, { port: drover.port }, { clients: 4, pauseMs: 20, path: "/orders/7" });
    const more = async (): Promise<void> => {
      const before = load.samples.length;
      await until(() => load.samples.length > before + 100, "the load to be under way");
    };
    await more();
    for (let count = 0; count < 2; count += 1) {
      const { code, stderr } = await drover.verb("reload");
      assert.equal(code, 0, stderr);
    }
    await more();
    const sent = (await load.stop()).filter(({ method }) => method === "GET").length;
    assert.deepEqual(load.failures, []);
    const answered = 'http_response_status_code="200",http_route="/orders/:id"';
    const count = "http_server_request_duration_seconds_count";
    const reloaded = await scrape(admin);
    assert.equal(total(reloaded, count, answered), sent, "of four workers that are gone and two that are there");
    assert.equal(total(reloaded, "shop_orders_total"), sent, "and of what the app counts itself");
    assert.equal(total(reloaded, "shop_order_pieces_sum"), 3 * sent);
    assert.equal(total(reloaded, "drover_reloads_total", 'outcome="done"'), 2);
    assert.equal(total(reloaded, "drover_drains_total", 'outcome="finished"'), 4);
    assert.equal(total(reloaded, "shop_newest_worker"), Math.max(...drover.workers().values()), "aggregator: max");

    const under = startLoad(t, { port: drover.port }, { clients: 4, pauseMs: 20, path: "/orders/8" });
    for (const slot of [1, 2]) {
      const before = drover.log.events("worker-ready").length;
      await until(() => under.samples.length > 100 * slot, "the load to be under way");
      kill(drover.workers().get(slot) ?? 0, "SIGKILL");
      await drover.log.find("the replacement", () => drover.log.events("worker-ready").length > before);
    }
    await under.stop();
    const { fallen, scrapes } = await counters.stop();
    assert.deepEqual(fallen, [], `in ${scrapes} scrapes`);
    const end = await scrape(admin);
    assert.equal(total(end, "drover_worker_restarts_total"), 2);
    const counted = total(end, count) - total(reloaded, count);
    assert.ok(counted > 0 && counted <= under.samples.length, `${counted} of ${under.samples.length}`);
  });

  test("of a worker that is stuck are as it was last heard of, and its siblings' are told", async (t) => {
    const [drover, admin] = await serve(t, "metrics/express.js");
    await request({ port: drover.port }, { path: "/orders/1" });
    await until(async () => total(await scrape(admin), "shop_orders_total") === 1, "the order to be counted");
    const stuck = request({ port: drover.port }, { path: "/stuck" });
    const silent = async (): Promise<Scrape | undefined> => {
      const one = await scrape(admin);
      return total(one, "drover_workers_silent") === 1 ? one : undefined;
    };
    const families = await until(silent, "a scrape that one worker does not answer");
    assert.equal(families.get("process_resident_memory_bytes")?.samples.size, 3, "the primary and both workers");
    assert.equal(total(families, "shop_orders_total"), 1);
    assert.ok(total(families, "nodejs_eventloop_lag_seconds") > 0.1);
    await drover.stop("SIGQUIT");
    await stuck;
  });

  test("of the successor of prom-client are there as well, but for names that are Drover's", async (t) => {
    const [drover, admin] = await serve(t, "metrics/client.cjs");
    for (let count = 0; count < 3; count += 1) await request({ port: drover.port }, { path: "/any/path" });
    const families = await scrape(admin);
    assert.equal(total(families, "visits_total"), 3);
    assert.equal(total(families, "drover_ready"), 1);
    assert.equal(total(families, "drover_app_metrics_left_out", 'reason="name"'), 1);
    const kinds = [...(families.get("http_server_request_duration_seconds")?.samples.keys() ?? [])];
    assert.ok(kinds.length > 0 && kinds.every((key) => !key.includes("http_route") && !key.includes("/any")));
    assert.ok([...families].every(([, { samples }]) => [...samples.keys()].every((key) => !/worker=.*le=/.test(key))));
  });

  test("have what the dashboard and the alerts name, and requests over HTTP/2 as those over HTTP/1.1", async (t) => {
    const { key, cert: ca } = createCertificate();
    const env = { DROVER_TLS_KEY: key, DROVER_TLS_CERT: ca };
    const [{ port }, admin] = await serve(t, "metrics/express.js", { workers: 1, env });
    await request({ port, ca }, { path: "/orders/1" });
    await request({ port, ca, http2: true }, { path: "/orders/2" });
    const route = 'http_response_status_code="200",http_route="/orders/:id"';
    const families = await until(async () => {
      const one = await scrape(admin);
      return total(one, "http_server_request_duration_seconds_count", route) === 2 && one;
    }, "both requests to be counted");
    const there = new Set(families.keys());
    const written = ["drover.json", "drover-alerts.yml"]
      .map((name) => readFileSync(join(GRAFANA, name), "utf8"))
      .join();
    const named = new Set(written.match(/\b(?:drover|nodejs|process|http_server)_[a-z_]+\b/g));
    const meant = [...named].map((name) => name.replace(/_(?:bucket|count)$/, ""));
    // Only where there is such a cgroup.
    const missing = meant.filter((name) => !there.has(name) && !name.startsWith("drover_cgroup_"));
    assert.deepEqual(missing, []);
    assert.ok(named.size > 20, `${named.size} are named`);
  });
});
