import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { AppError } from "../../errors.ts";

/**
 * Node has made this process a cluster worker (see primary/workers/worker-handle.ts). What is left: it must not vanish with the primary, and the
 * primary's half of the API, which Node leaves undefined here, says why it does nothing.
 */
export function assumeRole(): void {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  cluster.worker?.on("error", (error: NodeJS.ErrnoException) => {
    if (!PRIMARY_GONE.has(error.code ?? "")) throw error;
  });
  for (const name of ["fork", "setupPrimary", "setupMaster"]) Object.assign(cluster, { [name]: () => refuse(name) });
}

/** What the app's own `process.send()` meets then: its words are lost, which is no reason to end. */
const PRIMARY_GONE = new Set(["EPIPE", "ECONNRESET", "ERR_IPC_CHANNEL_CLOSED"]);

const CLUSTER_HINT = "Remove the call; for code beside the supervisor there is the option primaryModule.";

function refuse(name: string): never {
  const message = `cluster.${name}() was called in a worker, and here Drover starts the workers`;
  throw new AppError("CLUSTER_IN_WORKER", message, CLUSTER_HINT);
}

const OWN_CLUSTER_CODE = /\bis(?:Primary|Master|Worker)\b/;
const IMPORTS_CLUSTER = /['"](?:node:)?cluster['"]/;

/** Whether the entry's own source asks for its cluster role. Libraries do too, so only the entry itself counts. */
export function hasOwnClusterCode(entry: string): boolean {
  const source = readFileSync(entry, "utf8");
  return IMPORTS_CLUSTER.test(source) && OWN_CLUSTER_CODE.test(source);
}
