import { isUnavailable } from "../../store/unavailable.ts";

/** Fastify sends an error's message to the client. Ours names hosts and files: it goes to the log, where the stack goes. */
export async function forClients<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const { code, statusCode, headers, stack } = error;
    throw Object.assign(new Error("sessions are not available for now"), { code, statusCode, headers, stack });
  }
}
