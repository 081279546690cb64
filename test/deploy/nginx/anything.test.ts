import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { quote } from "../../../src/deploy/nginx/quote.ts";
import { renderSite, type Site } from "../../../src/deploy/nginx/site.ts";
import { readWishes } from "../../../src/deploy/nginx/wishes.ts";
import { AppError } from "../../../src/errors.ts";
import { writeCertificate } from "../../support/certificate-files.ts";
import { createSelfSigned, type Certificate } from "../../support/certificates.ts";
import { steadyPort, temporaryFolder } from "../../support/fixture.ts";
import { complaintsOf } from "./rendered.ts";

const numRuns = process.env["DROVER_TEST_LONG"] === "1" ? 600 : 40;

/** Characters that mean something to nginx come often. */
const unit = fc.oneof(
  fc.constantFrom(...Array.from(" ;{}#$\"'\\:%@\n\r\t*[]"), "${", "\\n", "*/", "upstream", "server {"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 4 }),
);
const anything = fc.string({ unit, maxLength: 12 });
const path = anything.map((text) => `/run/x${text}`);
const host = fc.oneof(fc.ipV4(), fc.ipV6(), anything, fc.constant(null));
const server = fc.oneof(
  fc.record({ kind: fc.constant("unix" as const), path }),
  fc.record({ kind: fc.constant("tcp" as const), host, port: fc.integer({ min: 1, max: 65_535 }) }),
);

/** A name that leads nowhere is for nginx to refuse, when it starts. */
function isName(one: { readonly kind: string; readonly host?: string | null }): boolean {
  return one.kind === "tcp" && typeof one.host === "string" && /[a-z]/i.test(one.host) && !one.host.includes(":");
}

function refusedOr<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

suite("drover deploy nginx, whatever it is given", () => {
  test("writes what nginx takes as one server and one upstream, or refuses", async (t) => {
    const port = await steadyPort();
    const shape = fc.constantFrom("one" as const, "slots" as const, "machines" as const);
    const servers = fc.array(server, { minLength: 1, maxLength: 3 });
    const domains = fc.array(fc.oneof(anything, fc.domain()), { maxLength: 3 });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(anything, shape, servers, domains, async (app, shape, servers, domain) => {
        const named = domain.map((name) => refusedOr(() => readWishes({ domain: [name] }, "/srv").domains[0]));
        // nginx wants a greater table for longer ones: the next steps say so.
        const short = named.filter((name) => name !== undefined && name.length <= 40);
        const site: Site = {
          app,
          shape,
          servers: servers.filter((one) => !isName(one)),
          keepAlive: 65_000,
          domains: [...new Set(short)] as string[],
          port,
          certificate: null,
          timeouts: { request: 0 },
          tls: null,
        };
        if (site.servers.length === 0) return;
        const text = refusedOr(() => renderSite(site, true));
        if (text === undefined) return;
        taken += 1;
        assert.equal(text.match(/^server \{$/gm)?.length, 1);
        assert.equal(text.match(/^upstream /gm)?.length, 1);
        assert.equal(complaintsOf(t, text), "", text);
      }),
      { numRuns, endOnFailure: true },
    );
    assert.ok(taken > numRuns / 4, `${taken} of ${numRuns} were taken`);
  });

  test("names the files of the certificate so that nginx finds them, or refuses", async (t) => {
    const folder = temporaryFolder(t);
    const certificate = await createSelfSigned();
    const port = await steadyPort();
    const base = { app: "shop", shape: "one", keepAlive: 65_000, domains: [], timeouts: { request: 0 } } as const;
    const name = anything.map((text) => `x${text}`).filter((text) => !/[/\0]/.test(text));
    fc.assert(
      fc.property(name, (name) => {
        const files = place(join(folder, name), certificate);
        const wishes = refusedOr(() => readWishes({ ...files, nginxPort: String(port) }, folder));
        const servers = [{ kind: "tcp", host: null, port: 1 }] as const;
        if (wishes !== undefined)
          assert.equal(complaintsOf(t, renderSite({ ...base, ...wishes, servers, tls: null }, true)), "");
        rmSync(join(folder, name), { recursive: true });
      }),
      { numRuns: Math.ceil(numRuns / 3), endOnFailure: true },
    );
  });

  test("quotes so that nginx reads what was meant", () => {
    const rows = {
      "/run/web.sock": "/run/web.sock",
      "a b": '"a b"',
      'a"b': String.raw`"a\"b"`,
      "a\\b": String.raw`"a\\b"`,
      "": '""',
    };
    for (const [word, written] of Object.entries(rows)) assert.equal(quote(word), written);
  });
});

function place(folder: string, certificate: Certificate): { readonly cert: string; readonly key: string } {
  mkdirSync(folder, { recursive: true });
  return writeCertificate(folder, certificate);
}
