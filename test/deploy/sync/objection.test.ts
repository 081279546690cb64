import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { renderSite } from "../../../src/deploy/nginx/site.ts";
import { renderUpstream } from "../../../src/deploy/nginx/upstream.ts";
import { objectionTo } from "../../../src/deploy/sync/objection.ts";

const servers = [{ kind: "unix", path: "/run/a } # { b.sock" }] as const;
const shop = { app: "shop", shape: "slots", servers, keepAlive: 65_000 } as const;
const site = { ...shop, domains: [], port: null, certificate: null, timeouts: { request: 0 }, tls: null };

const rows: Readonly<Record<string, readonly [text: string, got: string | null]>> = {
  "an empty file": ["\n", null],
  "the upstream file": [renderUpstream(shop), null],
  "the upstream, written by hand": ["upstream drover_shop{server unix:/a#b.sock;} # ours", null],
  "the upstream file of another app": [renderUpstream({ ...shop, app: "api" }), '"upstream drover_api { … }"'],
  "the one file for all": [`server { listen 80; }\n${renderSite(site, true)}`, '"server { … }"'],
  "the upstream with a server": [`${renderUpstream(shop)}server { listen 80; }`, '"server { … }"'],
  "an include": ["include other.conf;", '"include other.conf ;"'],
  "a text": ["hello mine\n", '"hello mine"'],
  "a text behind the upstream": ["upstream drover_shop { }\nhello } mine", '"hello } mine"'],
  "a text with control characters": ["\u001B[2J", String.raw`"\u001b[2J"`],
  comments: ["# notes", "comments"],
};

suite("over a file to keep in step", () => {
  for (const [title, [text, got]] of Object.entries(rows)) {
    test(`${title} ${got === null ? "may be" : "is not to be"} written`, () => {
      const expected = "expected a file with upstream drover_shop { … } alone";
      assert.equal(objectionTo(text, "drover_shop"), got === null ? null : `${expected}, got ${got}`);
    });
  }
});
