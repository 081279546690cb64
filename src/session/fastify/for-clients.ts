import { StoreUnavailable } from "../../store/unavailable.ts";

/** Fastify sends an error's message to the client. Ours names hosts and files: it goes to the log, as the cause. */
export async function forClients<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (cause) {
    if (!(cause instanceof StoreUnavailable)) throw cause;
    const { code, statusCode, headers } = cause;
    throw Object.assign(new Error("sessions are not available for now", { cause }), { code, statusCode, headers });
  }
}
