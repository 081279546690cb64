import { AppError } from "../errors.ts";
import { parseAddress } from "./address.ts";
import { boundAddresses, overlap } from "./bound-addresses.ts";
import type { Config, Origin, Resolved } from "./config.ts";

type Tls = Config["tls"];

/** Whether Drover's own servers speak TLS. */
export function speaksTls({ mode, cert, pfx, certificates, acme }: Tls): boolean {
  if (mode !== "auto") return mode === "dev";
  return cert !== null || pfx !== null || certificates.length > 0 || acme.domains.length > 0;
}

/** Whether certificates come from an authority. */
export function usesAcme({ mode, acme }: Tls): boolean {
  return mode === "auto" && acme.domains.length > 0;
}

/** Throws CONFIG_INVALID for options of `tls` that contradict or need each other. */
export function checkTls(tls: Tls, origins: Readonly<Record<string, Origin>>): void {
  const wrong = RULES.find(({ isBroken }) => isBroken(tls));
  if (!wrong) return;
  const origin = origins[`tls.${wrong.key}`] ?? "default";
  throw new AppError("CONFIG_INVALID", `${origin}, tls.${wrong.key}: ${wrong.message}`, wrong.hint);
}

/** Throws CONFIG_INVALID for plain HTTP that is to be redirected at an address of the app's own. */
export function checkRedirect(resolved: Pick<Resolved, "config" | "origins">): void {
  const { tls } = resolved.config;
  const own = boundAddresses(resolved);
  const isOwn = (text: string): boolean => {
    const address = parseAddress(text);
    return address !== null && own.some((one) => overlap(one, address));
  };
  const shared = tls.redirect !== false && speaksTls(tls) ? tls.redirect.find(isOwn) : undefined;
  if (shared === undefined) return;
  const origin = resolved.origins["tls.redirect"] ?? "default";
  throw new AppError(
    "CONFIG_INVALID",
    `${origin}, tls.redirect: expected an address of its own for plain HTTP, got ${shared}, where the app speaks HTTPS`,
    "Choose another, or another --port for the app.",
  );
}

interface Rule {
  readonly key: string;
  readonly isBroken: (tls: Tls) => boolean;
  readonly message: string;
  readonly hint: string;
}

const RULES: readonly Rule[] = [
  {
    key: "cert",
    isBroken: ({ cert, key }) => cert !== null && key === null,
    message: "expected its private key too, got a certificate alone",
    hint: "Set tls.key (--tls-key).",
  },
  {
    key: "key",
    isBroken: ({ cert, key }) => key !== null && cert === null,
    message: "expected its certificate too, got a private key alone",
    hint: "Set tls.cert (--tls-cert).",
  },
  {
    key: "pfx",
    isBroken: ({ cert, pfx }) => pfx !== null && cert !== null,
    message: "expected a PKCS #12 file or a certificate with its key, got both",
    hint: "Put one of them into tls.certificates.",
  },
  {
    key: "ca",
    isBroken: ({ ca, cert, pfx }) => ca.length > 0 && cert === null && pfx === null,
    message: "expected the certificate that these intermediates belong to, got none",
    hint: "Set tls.cert; for certificates of clients it is tls.clientCa.",
  },
  {
    key: "clientCert",
    isBroken: ({ clientCert, clientCa }) => clientCert !== "none" && clientCa.length === 0,
    message: "expected who signs the certificates of clients, got nobody",
    hint: "Set tls.clientCa (--tls-client-ca).",
  },
  {
    key: "clientCert",
    isBroken: (tls) => tls.clientCert !== "none" && [tls, ...tls.certificates].some(({ pfx }) => pfx !== null),
    message:
      "expected the server's certificate as PEM, got a PKCS #12 file: Node would let in clients of its authorities, too",
    hint: "Convert it: openssl pkcs12 -in FILE -nodes -out all.pem, then use that as cert and as key.",
  },
  {
    key: "clientCa",
    isBroken: ({ clientCert, clientCa }) => clientCert === "none" && clientCa.length > 0,
    message: "expected to be told whether clients must have a certificate",
    hint: "Set tls.clientCert (--tls-client-cert) to ask or require.",
  },
  {
    key: "redirect",
    isBroken: (tls) => tls.redirect !== false && tls.redirect.length > 0 && !speaksTls(tls) && tls.mode !== "off",
    message: "expected HTTPS to redirect to, got neither a certificate nor ACME",
    hint: "Set tls.cert and tls.key, tls.acme.domains, or --tls dev.",
  },
  {
    key: "hsts",
    isBroken: (tls) => tls.hsts !== null && !speaksTls(tls) && tls.mode !== "off",
    message: "expected HTTPS to insist on, got neither a certificate nor ACME",
    hint: "Set tls.cert and tls.key, tls.acme.domains, or --tls dev.",
  },
  {
    key: "acme.challenge",
    isBroken: (tls) => usesAcme(tls) && tls.acme.challenge === "http-01" && tls.redirect === false,
    message: "expected a plain HTTP listener for http-01, got tls.redirect: false",
    hint: "Leave tls.redirect out (port 80), or use tls-alpn-01.",
  },
  {
    key: "acme.keyId",
    isBroken: ({ acme }) => (acme.keyId === null) !== (acme.macKey === null),
    message: "expected keyId and macKey together, got one of them",
    hint: "Set tls.acme.keyId and DROVER_ACME_MAC_KEY.",
  },
];
