import type { CertifierErrorCode } from "../../protocol/certifier.ts";

/** Why the job cannot be done, for the primary: `message` says what was expected and what was got, `hint` what to do about it. */
export class CertifierError extends Error {
  override readonly name = "CertifierError";
  readonly code: CertifierErrorCode;
  readonly hint: string;
  /** The authority's own wish, in milliseconds from now. */
  readonly retryAfterMs: number | null;

  constructor(code: CertifierErrorCode, message: string, hint: string, retryAfterMs: number | null = null) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.retryAfterMs = retryAfterMs;
  }
}
