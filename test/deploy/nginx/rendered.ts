import type { TestContext } from "node:test";
import type { Deployment } from "../../../src/deploy/deployment.ts";
import { renderNginx } from "../../../src/deploy/nginx/nginx.ts";
import { readWishes } from "../../../src/deploy/nginx/wishes.ts";
import { resolveIn } from "../../config/resolve-in.ts";
import { writeCertificate } from "../../support/certificate-files.ts";
import { createSelfSigned } from "../../support/certificates.ts";
import { steadyPort, temporaryFolder } from "../../support/fixture.ts";
import { testSite } from "../../support/nginx.ts";

export const CERT = "/etc/letsencrypt/live/shop.example/fullchain.pem";
export const KEY = "/etc/letsencrypt/live/shop.example/privkey.pem";

/** What `drover deploy nginx` with these flags of its own renders for an app with this config file. */
export async function rendered(
  t: TestContext,
  file: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>> = {},
  flags: Readonly<Record<string, unknown>> = {},
): Promise<Deployment> {
  const resolution = await resolveIn(temporaryFolder(t), { file: { name: "shop", ...file }, flags });
  return renderNginx(resolution, readWishes(own, "/srv/shop"), (more) => ["drover", "start", ...more]);
}

/** The same text for this machine: ports that a test may bind, and a certificate that is there. */
export async function onThisMachine(t: TestContext, text: string): Promise<string> {
  return onPorts(await withCertificate(t, text), await steadyPort());
}

export async function withCertificate(t: TestContext, text: string): Promise<string> {
  const { cert, key } = writeCertificate(temporaryFolder(t), await createSelfSigned());
  return text.replaceAll(CERT, cert).replaceAll(KEY, key);
}

/** For 80 this port, for 443 the one after it. */
export function onPorts(text: string, port: number): string {
  return text.replaceAll(/listen (\[::\]:)?(80|443)\b/g, (_, every = "", which) => {
    return `listen ${every}${which === "80" ? port : port + 1}`;
  });
}

/** What `nginx -t` says to it. From 1.25.1 on it warns of the one way to say HTTP/2 that all versions take: that is fine. */
export function complaintsOf(t: TestContext, site: string): string {
  const warning = /^.*\[warn\].* the "listen \.\.\. http2" directive is deprecated.*\n/gm;
  return (testSite(t, site) ?? "").replaceAll(warning, "");
}
