import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { map } from "./worlds.ts";

type Mapping = readonly [title: string, written: object, options: object];

const always = { name: "app", entry: "./app.js", workers: 1 };
const mapped: readonly Mapping[] = [
  ["a script alone runs one worker, as pm2 does", {}, {}],
  ["the name", { name: "shop" }, { name: "shop" }],
  [
    "the name of a script without its extension",
    { script: "dist/main.server.js" },
    { name: "main.server", entry: "./dist/main.server.js" },
  ],
  ["instances", { instances: 4 }, { workers: 4 }],
  ["instances as text", { instances: "4" }, { workers: 4 }],
  ["instances: max", { instances: "max" }, { workers: "auto" }],
  ["instances: 0", { instances: 0 }, { workers: "auto" }],
  ["cluster mode without instances", { exec_mode: "cluster" }, { workers: 1 }],
  ["fork mode", { exec_mode: "fork" }, { workers: 1 }],
  ["args as text", { args: "--seed 7 'a b'" }, { args: ["--seed", "7", "a b"] }],
  ["args with a quote too many", { args: "don't" }, { args: ["don't"] }],
  ["args as a list", { args: ["-a", 1] }, { args: ["-a", "1"] }],
  ["node_args", { node_args: "--import tsx" }, { nodeOptions: ["--import", "tsx"] }],
  ["interpreter_args", { interpreterArgs: ["--trace-warnings"] }, { nodeOptions: ["--trace-warnings"] }],
  ["env", { env: { A: 1, B: true, C: { d: 1 }, E: null } }, { env: { A: "1", B: "true", C: '{"d":1}' } }],
  ["a port in env", { env: { PORT: "8080", A: "1" } }, { port: 8080, env: { A: "1" } }],
  ["port before the one in env", { port: 80, env: { PORT: 8080 } }, { port: 80 }],
  ["a PORT that is a pipe", { env: { PORT: "/run/web.sock" } }, { listen: "unix:/run/web.sock" }],
  ["env_file", { env_file: ".env" }, { envFile: "./.env" }],
  ["wait_ready", { wait_ready: true }, { waitReady: true }],
  ["shutdown_with_message", { shutdown_with_message: true }, { shutdownMessage: true }],
  ["kill_timeout", { kill_timeout: 3000 }, { "timeouts.drain": "3s" }],
  ["kill_timeout as text", { killTimeout: "1600" }, { "timeouts.drain": "1600ms" }],
  ["listen_timeout", { listen_timeout: 8000 }, { "timeouts.boot": "8s" }],
  ["max_memory_restart", { max_memory_restart: "300M" }, { "recycle.memory": "300MiB" }],
  ["max_memory_restart in bytes", { maxMemoryRestart: 300_000_000 }, { "recycle.memory": 300_000_000 }],
  ["max_memory_restart in bytes as text", { max_memory_restart: "300000000" }, { "recycle.memory": "300000000B" }],
  ["max_memory_restart: 0", { max_memory_restart: 0 }, {}],
  ["autorestart: false", { autorestart: false }, { restart: "never" }],
  ["autorestart: true", { autorestart: true }, {}],
  ["watch", { watch: true }, { watch: true }],
  ["watch: false", { watch: false }, {}],
  ["log_file", { log: "logs/all.log", output: "logs/out.log" }, { "log.file": "./logs/all.log" }],
  ["out_file", { output: "logs/out.log" }, { "log.file": "./logs/out.log" }],
  ["out_file: /dev/null", { out_file: "/dev/null" }, {}],
  ["log_type", { log_type: "json" }, { "log.format": "json" }],
  ["uid and gid", { uid: "www-data", gid: 33 }, { user: "www-data", group: 33 }],
  ["user", { user: "node" }, { user: "node" }],
  ["what switches off parts of pm2", { vizion: false, pmx: false, treekill: true }, {}],
];

suite("an app of pm2 is mapped:", () => {
  for (const [title, written, options] of mapped) {
    test(title, () => assert.deepEqual(map(written).options, { ...always, ...options }));
  }
});

const paths: readonly Mapping[] = [
  [
    "start at cwd",
    { cwd: "api", log_file: "api.log", env_file: ".env" },
    { cwd: "./api", entry: "./api/app.js", "log.file": "./api/api.log", envFile: "./api/.env" },
  ],
  ["are short inside of the folder", { cwd: "/srv/shop/api" }, { cwd: "./api", entry: "./api/app.js" }],
  [
    "stay absolute outside of it",
    { cwd: "/srv/other", script: "/opt/app.js" },
    { cwd: "/srv/other", entry: "/opt/app.js" },
  ],
  ["may lie beside it", { cwd: "../api" }, { cwd: "../api", entry: "../api/app.js" }],
  ["may be the folder itself", { cwd: "/srv/shop" }, { cwd: ".", entry: "./app.js" }],
  [
    "may start at home",
    { cwd: "~/shop", log_file: "~/a.log" },
    { cwd: "/home/me/shop", entry: "../../home/me/shop/app.js", "log.file": "/home/me/a.log" },
  ],
];

suite("paths of pm2", () => {
  for (const [title, written, expected] of paths) {
    test(title, () => {
      const { options } = map(written);
      const got = Object.fromEntries(Object.keys(expected).map((key) => [key, options[key]]));
      assert.deepEqual(got, expected);
    });
  }
});

type Told = readonly [written: object, key: string, text: RegExp];

const told: readonly Told[] = [
  [{ instances: -1 }, "instances", /"auto".*keep 1 free/],
  [{ instances: 2, exec_mode: "fork" }, "exec_mode", /share one port/],
  [{ instances: true }, "instances", /left out: expected .*, got true/],
  [{ instances: 2, node_args: "--inspect" }, "interpreter_args", /left out --inspect/],
  [{ interpreter: "/opt/node/bin/node" }, "interpreter", /the Node that runs Drover/],
  [{ interpreter: "node@18" }, "interpreter", /the Node that runs Drover/],
  [{ kill_timeout: "soon" }, "kill_timeout", /expected a time.*got "soon"/],
  [{ listen_timeout: 3000 }, "listen_timeout", /is a limit now/],
  [{ max_memory_restart: "a lot" }, "max_memory_restart", /left out: expected a size .*, got "a lot"/],
  [{ cron_restart: "0 0 * * *" }, "cron_restart", /drover reload/],
  [{ watch: ["src"] }, "watch", /files the app has loaded/],
  [{ error_file: "e.log" }, "error_file", /log\.file/],
  [{ out_file: "o.log", error_file: "e.log" }, "error_file", /one file in log\.file/],
  [{ instance_var: "INSTANCE_ID" }, "instance_var", /NODE_APP_INSTANCE/],
  [{ increment_var: "PORT" }, "increment_var", /one port/],
  [{ env_staging: {} }, "env_staging", /--env staging/],
  [{ env: { HOST: "https://shop" } }, "env", /HOST .* option host/],
  [{ bananas: 1 }, "bananas", /no key that pm2 documents/],
  [{ vizion: true }, "vizion", /pm2's own/],
  [{ time: true }, "time", /built in/],
];

suite("a person is told of", () => {
  for (const [written, key, text] of told) {
    test(JSON.stringify(written), () => {
      const remarks = map(written).remarks.filter((remark) => remark.key === key);
      assert.equal(remarks.length, 1, JSON.stringify(map(written).remarks));
      assert.match(remarks[0]?.text ?? "", text);
    });
  }
});

/** All that pm2 documents or takes, its other names included. */
const KNOWN =
  `script exec cmd command name name_prefix filter_env namespace install_url cwd args interpreter exec_interpreter node_args
  interpreter_args interpreterArgs out_file out output out_log error_file error err err_file err_log log_file log disable_logs log_type
  log_date_format time env env_production env_file max_memory_restart maxMemoryRestart pid_file pid restart_delay
  exp_backoff_restart_delay source_map_support disable_source_map_support wait_ready instances kill_timeout shutdown_with_message
  listen_timeout cron_restart cron merge_logs combine_logs vizion autostart autorestart stop_exit_codes watch_delay watch ignore_watch
  watch_options min_uptime max_restarts execute_command exec_mode execMode force append_env_to_name post_update trace disable_trace v8
  event_loop_inspector deep_monitoring increment_var instance_var pmx automation treekill port username uid user gid windowsHide
  kill_retry_time write io`.split(/\s+/);

suite("pm2 knows, and so do we,", () => {
  for (const key of KNOWN) {
    test(key, () => {
      const { remarks } = map({ script: undefined, ...(key === "script" ? {} : { exec: "app.js" }), [key]: "app.js" });
      assert.ok(remarks.every(({ text }) => !text.includes("no key that pm2 documents")));
    });
  }
});

suite("variables", () => {
  const written = { env: { A: "all", B: "all" }, env_production: { B: "production" }, env_test: { B: "test" } };

  test("of the environment that is asked for win over env", () => {
    const { options, remarks } = map(written, { environment: "production" });
    assert.deepEqual(options["env"], { A: "all", B: "production" });
    assert.deepEqual(
      remarks.map(({ key }) => key),
      ["env_test"],
    );
  });

  test("of an environment that is not there are missed aloud", () => {
    const { remarks } = map({ env: { A: "1" } }, { environment: "production" });
    assert.match(remarks.find(({ key }) => key === "env_production")?.text ?? "", /only env was taken/);
  });

  test("that only repeat the shell's are named and not copied", () => {
    const { options, remarks } = map({ env: { A: "1", TOKEN: "x" } }, { isInherited: (name) => name === "TOKEN" });
    assert.deepEqual(options["env"], { A: "1" });
    assert.match(remarks.find(({ key }) => key === "env")?.text ?? "", /^TOKEN: not copied/);
  });

  test("that Drover would refuse are shielded from it", () => {
    const { options } = map({ env: { HOST: "https://shop", LOG_LEVEL: "7" } });
    assert.deepEqual([options["host"], options["log.level"]], [null, "info"]);
  });
});
