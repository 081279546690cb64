import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../src/config/config.ts";
import { checkTls } from "../../src/config/tls.ts";
import { AppError } from "../../src/errors.ts";

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
