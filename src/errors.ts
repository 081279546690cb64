/** Exit codes of the `drover` command. A supervisor above us decides by them: see docs/exit-codes.md. */
export const EXIT = {
  ok: 0,
  /** Something failed while running. Restarting may help. */
  failure: 1,
  /** The command line is wrong. Restarting cannot help. */
  usage: 2,
  /** The app could not boot; its own error was printed. */
  boot: 3,
  /** No such app is running. */
  notRunning: 69,
  /** The configuration is wrong. Restarting cannot help. */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every code a user can meet, with the exit code it ends the process with. The codes are stable: scripts may match them. */
const CODES = {
  ACME_ACCOUNT_REFUSED: EXIT.failure,
  ACME_CHALLENGE_FAILED: EXIT.failure,
  ACME_RATE_LIMITED: EXIT.failure,
  ACME_REFUSED: EXIT.failure,
  ACME_UNREACHABLE: EXIT.failure,
  ADDRESS_FORBIDDEN: EXIT.failure,
  ADDRESS_INVALID: EXIT.config,
  ADDRESS_IN_USE: EXIT.failure,
  ADDRESS_UNAVAILABLE: EXIT.failure,
  ALREADY_RUNNING: EXIT.failure,
  APP_BOOT_FAILED: EXIT.boot,
  APP_BOOT_TIMEOUT: EXIT.boot,
  APP_NOT_SERVABLE: EXIT.boot,
  CLUSTER_IN_WORKER: EXIT.boot,
  CONFIG_INVALID: EXIT.config,
  CONFIG_UNREADABLE: EXIT.config,
  CONTROL_FAILED: EXIT.failure,
  CONTROL_PROTOCOL: EXIT.failure,
  CRASH_NOT_FOUND: EXIT.failure,
  ENTRY_MISSING: EXIT.boot,
  ENTRY_NOT_A_FILE: EXIT.boot,
  ENTRY_NOT_FOUND: EXIT.usage,
  ENV_FILE_UNREADABLE: EXIT.config,
  FILE_EXISTS: EXIT.failure,
  FILE_UNWRITABLE: EXIT.failure,
  INSTALL_FAILED: EXIT.failure,
  LOG_UNAVAILABLE: EXIT.config,
  MIGRATE_UNREADABLE: EXIT.usage,
  NGINX_MISSING: EXIT.failure,
  NODE_TOO_OLD: EXIT.failure,
  NOT_RUNNING: EXIT.notRunning,
  PROVE_IMPOSSIBLE: EXIT.failure,
  RELOAD_FAILED: EXIT.failure,
  RESTART_FAILED: EXIT.failure,
  SCALE_FAILED: EXIT.failure,
  STOPPING: EXIT.failure,
  STORE_CLIENT_MISSING: EXIT.boot,
  STORE_INVALID: EXIT.config,
  STORE_UNSUPPORTED: EXIT.boot,
  TLS_INVALID: EXIT.config,
  TLS_NOT_SERVED: EXIT.boot,
  TLS_UNREADABLE: EXIT.config,
  UPGRADE_FAILED: EXIT.failure,
  UPGRADE_REFUSED: EXIT.failure,
  UPGRADING: EXIT.failure,
  USAGE: EXIT.usage,
  USER_FORBIDDEN: EXIT.config,
  USER_UNKNOWN: EXIT.config,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof CODES;

/** A code that comes from another version of Drover may be one that this version does not know. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}

/**
 * A mistake that its reader can mend: shown as a message and a hint, never as a stack.
 * `message` says what was expected and what was found, `hint` what to do about it.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): ExitCode {
    return CODES[this.code];
  }
}
