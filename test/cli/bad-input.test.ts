import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { temporaryFolder } from "../support/fixture.ts";
import { drover } from "./built-cli.ts";

interface Row {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** By name; the folder also holds `app.js` and the empty folder `empty`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly code: number;
  /** The whole of stderr, in which FOLDER stands for the folder of the test. */
  readonly says: string;
}

const LOOKED_FOR =
  'Looked for a start script of the form "node FILE" or "tsx FILE" and "main" in package.json, dist/main.js, dist/server.js, ' +
  "server.*, app.*, index.* (js, mjs, cjs, ts, mts, cts), .output/server/index.mjs, .next/standalone/server.js, " +
  "src/server.*, src/app.*, src/index.*, src/main.*.";
const COUNT = 'expected "auto" or a whole number from 1 to 1024';

const rows: Readonly<Record<string, Row>> = {
  "a missing entry": {
    args: ["server/app.js"],
    code: 3,
    says: "error: expected the app's file at FOLDER/server/app.js (command line), got no folder FOLDER/server [ENTRY_MISSING]\n  Check the path.\n",
  },
  "an entry with a typing error": {
    args: ["ap.js"],
    code: 3,
    says: "error: expected the app's file at FOLDER/ap.js (command line), got nothing there [ENTRY_MISSING]\n  Did you mean app.js?\n",
  },
  "an entry with another extension": {
    args: ["app.ts"],
    code: 3,
    says: "error: expected the app's file at FOLDER/app.ts (command line), got nothing there [ENTRY_MISSING]\n  Did you mean app.js?\n",
  },
  "a folder without an app": {
    args: ["empty"],
    code: 3,
    says: `error: expected the app's file (command line), got the folder FOLDER/empty without an app that Drover recognises [ENTRY_NOT_A_FILE]\n  Name the app's file: drover FOLDER/empty/FILE. ${LOOKED_FOR}\n`,
  },
  "no entry and none to be found": {
    args: ["--cwd", "empty"],
    code: 2,
    says: `error: expected an app in FOLDER/empty, got none that Drover recognises [ENTRY_NOT_FOUND]\n  Name the app's file: drover FILE. ${LOOKED_FOR}\n`,
  },
  "a mistyped verb": {
    args: ["strat"],
    code: 2,
    says: `error: expected a verb or the app's file, got "strat", which is neither [USAGE]\n  Did you mean "drover start"?\n`,
  },
  "the beginning of a verb": {
    args: ["crash"],
    code: 2,
    says: `error: expected a verb or the app's file, got "crash", which is neither [USAGE]\n  Did you mean "drover crashes"?\n`,
  },
  "a word that is like no verb": {
    args: ["banana"],
    code: 2,
    says: `error: expected a verb or the app's file, got "banana", which is neither [USAGE]\n  Verbs are start, status, ls, logs, crashes, reload, restart, upgrade, scale, stop, drain, undrain, reopen, cert, config, top, prove, deploy, migrate, doctor, version.\n`,
  },
  "a mistyped verb of config": {
    args: ["config", "prnt"],
    code: 2,
    says: "error: unknown command 'prnt' [USAGE]\n  Did you mean print?\n",
  },
  "a verb of deploy that is like no other": {
    args: ["deploy", "foo"],
    code: 2,
    says: "error: unknown command 'foo' [USAGE]\n  Verbs of deploy are nginx, systemd, docker, compose.\n",
  },
  "a flag that is like none of its verb": {
    args: ["deploy", "nginx", "app.js", "--banana"],
    code: 2,
    says: "error: unknown option '--banana' [USAGE]\n  `drover deploy nginx --help` lists its options.\n",
  },
  "a flag where another's value is wanted": {
    args: ["deploy", "nginx", "app.js", "--out", "--print"],
    code: 2,
    says: "error: flag --out: expected a value, got the flag --print [USAGE]\n  A value that begins with a dash is written --out=--print\n",
  },
  "a flag where the first of several values is wanted": {
    args: ["deploy", "nginx", "--domain", "--print", "--force"],
    code: 2,
    says: "error: flag --domain: expected a value, got the flag --print [USAGE]\n  A value that begins with a dash is written --domain=--print\n",
  },
  "a short flag where another's value is wanted": {
    args: ["app.js", "-p", "-d"],
    code: 2,
    says: "error: flag --port: expected a value, got the flag -d [USAGE]\n  A value that begins with a dash is written --port=-d\n",
  },
  "a mistyped flag": {
    args: ["app.js", "--wrokers", "2"],
    code: 2,
    says: "error: unknown option '--wrokers' [USAGE]\n  Did you mean --workers?\n",
  },
  "a flag like no other": {
    args: ["app.js", "--banana"],
    code: 2,
    says: "error: unknown option '--banana' [USAGE]\n  `drover --help` lists verbs and options. Options and arguments of the app go after --.\n",
  },
  "an option before a verb of two words": {
    args: ["--env-file", "app.js", "config", "print"],
    code: 2,
    says: 'error: expected the verb before all options, got "config print" behind one [USAGE]\n  Put the verb first: drover config print [options]. A file or folder of that name is written ./config.\n',
  },
  "an option before a verb": {
    args: ["-p", "1", "doctor"],
    code: 2,
    says: 'error: expected the verb before all options, got "doctor" behind one [USAGE]\n  Put the verb first: drover doctor [options]. A file or folder of that name is written ./doctor.\n',
  },
  "an option before a verb with an option of its own": {
    args: ["-p", "1", "doctor", "--json"],
    code: 2,
    says: 'error: expected the verb before all options, got "doctor" behind one [USAGE]\n  Put the verb first: drover doctor [options]. A file or folder of that name is written ./doctor.\n',
  },
  "an option before start": {
    args: ["-w", "2", "start", "app.js"],
    code: 2,
    says: 'error: expected the verb before all options, got "start" behind one [USAGE]\n  Put the verb first: drover start [options]. A file or folder of that name is written ./start.\n',
  },
  "the -i of others": {
    args: ["app.js", "-i", "4"],
    code: 2,
    says: "error: unknown option '-i' [USAGE]\n  For N workers write -w N; without it there is one per CPU.\n",
  },
  "the --instances of others": {
    args: ["app.js", "--instances", "max"],
    code: 2,
    says: "error: unknown option '--instances' [USAGE]\n  For N workers write -w N; without it there is one per CPU.\n",
  },
  "the --daemon of others": {
    args: ["app.js", "--daemon"],
    code: 2,
    says: "error: unknown option '--daemon' [USAGE]\n  To run the app in the background write -d.\n",
  },
  "the --inspect=0 of others": {
    args: ["app.js", "--inspect=0"],
    code: 2,
    says: `error: unknown option '--inspect=0' [USAGE]\n  Options of Node go to the workers: --node-options "--inspect=0" -w 1 (they cannot share an inspector's port).\n`,
  },
  "a verb of pm2": {
    args: ["list"],
    code: 2,
    says: 'error: expected a verb of Drover, got "list", one of pm2\'s [USAGE]\n  drover ls shows your running apps.\n',
  },
  "a verb of pm2 with a name": {
    args: ["delete", "web"],
    code: 2,
    says: 'error: expected a verb of Drover, got "delete", one of pm2\'s [USAGE]\n  drover stop ends an app; there is no list it would have to be deleted from.\n',
  },
  "a number of workers that is none": {
    args: ["scale", "some"],
    code: 2,
    says: 'error: expected a number of workers such as 4, +1 or -1, got "some" [USAGE]\n  drover scale 4 sets it, +1 adds one, -1 takes one away; one is the least there can be.\n',
  },
  "no workers at all": {
    args: ["scale", "0"],
    code: 2,
    says: 'error: expected a number of workers such as 4, +1 or -1, got "0" [USAGE]\n  drover scale 4 sets it, +1 adds one, -1 takes one away; one is the least there can be.\n',
  },
  "two names of an app": {
    args: ["stop", "web", "--name", "api"],
    code: 2,
    says: 'error: expected one name, got "web" and --name api [USAGE]\n  Leave one of them out.\n',
  },
  "an argument too many": {
    args: ["app.js", "more"],
    code: 2,
    says: "error: expected one entry, got 2: app.js, more [USAGE]\n  Options and arguments of the app go after --. Several apps need a config file with apps.\n",
  },
  "a flag without its value": {
    args: ["app.js", "--port"],
    code: 2,
    says: "error: option '-p, --port <port>' argument missing [USAGE]\n  `drover --help` lists verbs and options. Options and arguments of the app go after --.\n",
  },
  "no workers": {
    args: ["app.js", "--workers", "0"],
    code: 2,
    says: `error: flag --workers: ${COUNT}, got "0" [USAGE]\n  Leave it out for the default: auto.\n`,
  },
  "workers that are no number": {
    args: ["app.js", "--workers", "x"],
    code: 2,
    says: `error: flag --workers: ${COUNT}, got "x" [USAGE]\n  Leave it out for the default: auto.\n`,
  },
  "fewer than no workers": {
    args: ["app.js", "-w", "-1"],
    code: 2,
    says: `error: flag --workers: ${COUNT}, got "-1" [USAGE]\n  Leave it out for the default: auto.\n`,
  },
  "a port above 65535": {
    args: ["app.js", "-p", "70000"],
    code: 2,
    says: 'error: flag --port: expected a port from 0 to 65535, got "70000" [USAGE]\n  Leave it out for the default: 3000.\n',
  },
  "a port above 65535 in the environment": {
    args: ["app.js"],
    env: { PORT: "70000" },
    code: 78,
    says: 'error: env PORT: expected a port from 0 to 65535, got "70000" [CONFIG_INVALID]\n  Leave it out for the default: 3000.\n',
  },
  "a time without its unit": {
    args: ["app.js", "--drain-timeout", "30"],
    code: 2,
    says: 'error: flag --drain-timeout: expected a time with its unit, such as "30s", "500ms" or "2m", got "30" [USAGE]\n  Leave it out for the default: 20s.\n',
  },
  "an address that is none, in a file": {
    args: ["app.js"],
    files: { "drover.config.yaml": "listen:\n  - localhost\n" },
    code: 78,
    says: 'error: drover.config.yaml:1:1, listen: expected an address such as 3000, 127.0.0.1:3000, [::1]:3000 or unix:/run/web.sock, got "localhost" [ADDRESS_INVALID]\n  Leave it out for the default: host, port.\n',
  },
  "a config file that is missing": {
    args: ["app.js", "-c", "web.yaml"],
    code: 78,
    says: "error: expected a config file at FOLDER/web.yaml, got nothing there [CONFIG_UNREADABLE]\n  Check the path given with -c.\n",
  },
  "a config file that is a folder": {
    args: ["app.js", "-c", "empty"],
    code: 78,
    says: "error: expected a readable config file at FOLDER/empty, got a folder [CONFIG_UNREADABLE]\n  Check -c and the file's permissions.\n",
  },
  "a config file with a syntax error": {
    args: ["app.js"],
    files: { "drover.config.mjs": "const port = 1;\nexport default { port,, };\n" },
    code: 78,
    says: "error: drover.config.mjs:2: SyntaxError: Unexpected token ',' [CONFIG_UNREADABLE]\n",
  },
  "a config file that throws": {
    args: ["app.js"],
    files: { "drover.config.ts": "const port: number = 1;\n\nexport default { port: prot };\n" },
    code: 78,
    says: "error: drover.config.ts:3:24: ReferenceError: prot is not defined [CONFIG_UNREADABLE]\n",
  },
  "an unknown key": {
    args: ["app.js"],
    files: { "drover.config.yaml": "port: 1\nwrokers: 2\n" },
    code: 78,
    says: 'error: drover.config.yaml:2:1: expected an option, got the unknown key "wrokers" [CONFIG_INVALID]\n  Did you mean "workers"?\n',
  },
  "a missing env file": {
    // By its variable: Node itself refuses a missing file behind --env-file, before any of our code runs.
    args: ["app.js"],
    env: { DROVER_ENV_FILE: ".env" },
    code: 78,
    says: "error: expected a readable env file at FOLDER/.env (env DROVER_ENV_FILE), got nothing there [ENV_FILE_UNREADABLE]\n  Create the file, or take the option away.\n",
  },
};

suite("bad input is answered with one message, a hint and the documented exit code", { concurrency: 2 }, () => {
  for (const [title, { args, env = {}, files = {}, code, says }] of Object.entries(rows)) {
    test(title, async (t) => {
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, "empty"));
      for (const [name, text] of Object.entries({ "app.js": "", ...files })) writeFileSync(join(folder, name), text);
      const answer = await drover(args, { cwd: folder, env });
      assert.equal(answer.stderr.replaceAll(folder, "FOLDER"), says);
      assert.equal(answer.code, code);
      assert.equal(answer.stdout, "");
    });
  }
});
