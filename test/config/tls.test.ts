import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../src/config/config.ts";
import { checkTls } from "../../src/config/tls.ts";
import { AppError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { resolveIn } from "./resolve-in.ts";

type Tls = Config["tls"];

const NONE: Tls = {
  mode: "auto",
  cert: null,
  key: null,
  ca: [],
  passphrase: null,
  pfx: null,
  certificates: [],
  clientCert: "none",
  clientCa: [],
  minVersion: "TLSv1.2",
  redirect: [],
  hsts: null,
  acme: {
    domains: [],
    email: null,
    directory: "letsencrypt",
    trust: null,
    challenge: "auto",
    profile: null,
    keyId: null,
    macKey: null,
  },
};
const PAIR = { cert: "cert.pem", key: "key.pem" };
const MORE = { cert: null, key: null, ca: [], passphrase: null, pfx: "more.pfx", names: [] };
const CLIENTS = { clientCert: "require", clientCa: ["clients.pem"] } as const;

const fitting: readonly (readonly [title: string, tls: Partial<Tls>])[] = [
  ["nothing", {}],
  ["a certificate and its key", PAIR],
  ["a PKCS #12 file", { pfx: "all.pfx" }],
  ["a certificate with everything else", { ...PAIR, ...CLIENTS, ca: ["ca.pem"], redirect: ["80"], hsts: "max-age=1" }],
  ["a redirect where TLS is off", { mode: "off", redirect: ["80"] }],
];

for (const [title, tls] of fitting) {
  test(`${title} is fine`, () => assert.doesNotThrow(() => checkTls({ ...NONE, ...tls }, {})));
}

const broken: readonly (readonly [title: string, tls: Partial<Tls>, says: RegExp])[] = [
  ["a certificate without its key", { cert: "cert.pem" }, /tls\.cert: expected its private key/],
  ["a key without its certificate", { key: "key.pem" }, /tls\.key: expected its certificate/],
  ["two kinds of certificate", { ...PAIR, pfx: "all.pfx" }, /tls\.pfx: .* got both/],
  ["intermediates of nothing", { ca: ["ca.pem"] }, /tls\.ca: /],
  ["certificates of clients that nobody signs", { ...PAIR, clientCert: "ask" }, /tls\.clientCert: .* got nobody/],
  ["who signs certificates that are not asked for", { ...PAIR, clientCa: ["ca.pem"] }, /tls\.clientCa: /],
  // What is in the file beside the certificate would count as `clientCa`.
  ["certificates of clients and a PKCS #12 file", { pfx: "all.pfx", ...CLIENTS }, /tls\.clientCert: .* as PEM/],
  ["those and one for other names", { ...PAIR, ...CLIENTS, certificates: [MORE] }, /tls\.clientCert: .* as PEM/],
  ["a redirect to nowhere", { redirect: ["80"] }, /tls\.redirect: /],
  ["insisting on what is not there", { hsts: "max-age=1" }, /tls\.hsts: /],
];

for (const [title, tls, says] of broken) {
  test(`${title} is refused`, () => {
    assert.throws(
      () => checkTls({ ...NONE, ...tls }, {}),
      (error) => error instanceof AppError && says.test(error.message),
    );
  });
}

const TLS_FLAGS = { "tls.cert": "cert.pem", "tls.key": "key.pem" };

for (const [redirect, others] of [
  ["8443", { port: "8443" }],
  ["127.0.0.1:8443", { port: "8443" }],
  ["3000", {}],
  ["127.0.0.1:82", { listen: "127.0.0.1:8443,127.0.0.1:82" }],
] as const) {
  const own = JSON.stringify(others);
  test(`a redirect at ${redirect}, an address of the app's own, is refused: ${own}`, async (t) => {
    const flags = { ...TLS_FLAGS, ...others, "tls.redirect": redirect };
    await assert.rejects(
      resolveIn(temporaryFolder(t), { flags }),
      /flag --tls-redirect, tls\.redirect: expected an address of its own .* got .* where the app speaks HTTPS/,
    );
  });
}

test("a redirect at the same port of another host is fine, and so are two ports that the kernel chooses", async (t) => {
  for (const [host, redirect] of [
    ["127.0.0.1:8443", "127.0.0.2:8443"],
    ["0", "0"],
  ] as const) {
    const flags = { ...TLS_FLAGS, listen: host, "tls.redirect": redirect };
    await resolveIn(temporaryFolder(t), { flags });
  }
});
