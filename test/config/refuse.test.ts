import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { UserConfig } from "../../src/config/config.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { resolveIn, type Given } from "./resolve-in.ts";

type Refused = readonly [title: string, given: Given, code: ErrorCode, message: RegExp, hint: RegExp];

const refused: readonly Refused[] = [
  [
    "a flag",
    { flags: { port: "70000" } },
    "USAGE",
    /^flag --port: expected a port from 0 to 65535, got "70000"$/,
    /default: 3000/,
  ],
  ["a variable", { env: { PORT: "70000" } }, "CONFIG_INVALID", /^env PORT: expected a port.*"70000"$/, /default/],
  [
    "a variable of the env file",
    { file: { envFile: ".env" }, files: { ".env": "PORT=x" } },
    "CONFIG_INVALID",
    /^env file \.env, PORT: .*"x"$/,
    /default/,
  ],
  [
    "a value of the file",
    { file: { timeouts: { boot: 0 } } },
    "CONFIG_INVALID",
    /^drover\.config\.json:1:14, timeouts\.boot: .*got 0$/,
    /30s/,
  ],
  [
    "an address of the file",
    { file: { listen: ["80", "x"] } },
    "ADDRESS_INVALID",
    /listen: expected an address.*got "x"$/,
    /default/,
  ],
  ["an address of a flag", { flags: { listen: [":70000"] } }, "USAGE", /^flag --listen: .*got ":70000"$/, /default/],
  ["a value of start()", { inline: { workers: 0 } }, "CONFIG_INVALID", /^start\(\), workers: .*got 0$/, /auto/],
  [
    "an unknown key",
    { file: { wrokers: 2 } },
    "CONFIG_INVALID",
    /^drover\.config\.json:1:2: .*unknown key "wrokers"$/,
    /Did you mean "workers"\?/,
  ],
  [
    "an unknown key in a section",
    { file: { timeouts: { drian: 2 } } },
    "CONFIG_INVALID",
    /"timeouts\.drian"$/,
    /"timeouts\.drain"/,
  ],
  ["a key without its section", { file: { drain: 2 } }, "CONFIG_INVALID", /"drain"$/, /"timeouts\.drain"/],
  [
    "a key like no other",
    { inline: { banana: 1 } as UserConfig },
    "CONFIG_INVALID",
    /^start\(\): .*"banana"$/,
    /config schema/,
  ],
  [
    "a dotted key",
    { file: { "log.level": "info" } },
    "CONFIG_INVALID",
    /"log\.level"$/,
    /^Write log: \{ level: … \}\.$/,
  ],
  [
    "a section that is no object",
    { file: { log: "info" } },
    "CONFIG_INVALID",
    /expected an object in log, got "info"$/,
    /^Write log: \{ level: "info" \}\.$/,
  ],
  [
    "a word for a section that has an option for it",
    { file: { tls: "dev" } },
    "CONFIG_INVALID",
    /expected an object in tls, got a text$/,
    /^Write tls: \{ mode: "dev" \}\.$/,
  ],
  [
    "a word that no option of the section takes",
    { file: { tls: "yes" } },
    "CONFIG_INVALID",
    /expected an object in tls, got a text$/,
    /^Write tls: \{ … \}\.$/,
  ],
  [
    "a wrong word for a flag with a digit in its name",
    { flags: { http2: "nonsense" } },
    "USAGE",
    /^flag --http2: expected tls, all or off, got "nonsense"$/,
    /default: tls/,
  ],
  [
    "apps, which only a file can have",
    { inline: { apps: {} } },
    "CONFIG_INVALID",
    /unknown key "apps"$/,
    /schema|args/,
  ],
  [
    "a missing env file",
    { flags: { envFile: "no.env" } },
    "ENV_FILE_UNREADABLE",
    /no\.env \(flag --env-file\), got nothing there$/,
    /Create/,
  ],
  [
    "a folder that is none",
    { flags: { cwd: "app.js" } },
    "USAGE",
    /^flag --cwd, cwd: expected a folder at .*app\.js, got a file$/,
    /path/,
  ],
  [
    "a primary module that is missing",
    { file: { primaryModule: "p.js" } },
    "CONFIG_INVALID",
    /primaryModule: .*p\.js, got nothing/,
    /path/,
  ],
  [
    "a missing entry",
    { file: { entry: "ap.js" } },
    "ENTRY_MISSING",
    /ap\.js \(drover\.config\.json\)/,
    /Did you mean app\.js\?/,
  ],
];

suite("refuses, naming the source", () => {
  for (const [title, given, code, message, hint] of refused) {
    test(title, async (t) => {
      await assert.rejects(resolveIn(temporaryFolder(t), given), { code, message, hint });
    });
  }
});
