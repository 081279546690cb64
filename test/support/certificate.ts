import { createSelfSigned, type Certificate } from "./certificates.ts";

const forLocalhost = await createSelfSigned();

/** A key and a self-signed certificate for `localhost`, valid for a day: also what a client trusts. The same for all of a test file. */
export function createCertificate(): Certificate {
  return forLocalhost;
}
