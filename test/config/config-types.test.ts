import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { AppConfig } from "../../src/config/config.ts";
import { flatten } from "../../src/config/flatten.ts";
import type { Option } from "../../src/config/option.ts";
import { isOptionKey, OPTIONS } from "../../src/config/options.ts";

/** That these compile is half of the test. */
const configs: Readonly<Record<string, AppConfig>> = {
  "ports as numbers": { port: "3000", listen: 8080, tls: { redirect: 80 } },
  "several addresses": { listen: [8080, "unix:/run/web.sock"], tls: { redirect: ["80", 8080] } },
  "no address": { listen: false, tls: { redirect: false } },
  "HSTS for a year": { tls: { hsts: true } },
  "PEM as it was read": {
    tls: { cert: Buffer.from("-----BEGIN CERTIFICATE-----"), key: Buffer.from("-----BEGIN PRIVATE KEY-----") },
  },
  "more certificates": {
    tls: { certificates: [{ cert: "a.pem", key: Buffer.from("-----BEGIN KEY"), names: "a.test" }] },
  },
  "one trusted proxy": { trustProxy: "loopback" },
  "nobody's word": { trustProxy: [] },
  "words and one word": { args: "--seed 7", nodeOptions: ["--import", "tsx"], workers: "auto" },
};

suite("what TypeScript lets a config hold", () => {
  for (const [title, config] of Object.entries(configs)) {
    test(`the options take, too: ${title}`, () => {
      const { values, problem } = flatten(config);
      assert.equal(problem, undefined);
      for (const [key, value] of values) {
        if (!isOptionKey(key)) continue;
        const { kind } = OPTIONS[key] as Option<unknown>;
        assert.equal(kind.parse(value).ok, true, `${key}: ${String(value)}`);
      }
    });
  }
});
