import { isUnavailable } from "../../store/unavailable.ts";

/** Hono answers an error that has `getResponse` with what it returns, and any other with 500. */
export function answerable(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  const { status, headers } = error;
  return Object.assign(error, { getResponse: () => new Response("Service Unavailable", { status, headers }) });
}

/** What `promise` answers; what it rejects with is made answerable. */
export async function orAnswer<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw answerable(error);
  }
}
