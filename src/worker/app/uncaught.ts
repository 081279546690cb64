/**
 * Calls back with an error that nobody caught and that ends the process by Node's own rules. An app with a listener of its own has decided to go on.
 */
export function onUncaught(fatal: (thrown: unknown) => void): void {
  process.on("uncaughtException", (thrown) => {
    if (process.listenerCount("uncaughtException") === 1) fatal(thrown);
  });
}

const HOPELESS: ReadonlySet<string> = new Set([
  "APP_NOT_SERVABLE",
  "CLUSTER_IN_WORKER",
  "EACCES",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "ENAMETOOLONG",
  "ERR_INVALID_PACKAGE_CONFIG",
  "ERR_INVALID_TYPESCRIPT_SYNTAX",
  "ERR_MODULE_NOT_FOUND",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "MODULE_NOT_FOUND",
  "STORE_CLIENT_MISSING",
  "STORE_INVALID",
  "STORE_UNSUPPORTED",
  "TLS_NOT_SERVED",
]);

/** Whether an app that failed to boot this way would fail the same way again. */
export function isHopeless(thrown: unknown): boolean {
  if (thrown instanceof SyntaxError) return true;
  return thrown instanceof Error && HOPELESS.has((thrown as NodeJS.ErrnoException).code ?? "");
}
