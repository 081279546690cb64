import { STATUS_CODES } from "node:http";
import type { NextFunction, Request, Response } from "express";

/** Thrown in a handler, it reaches the client with its message. */
export function mistake(status: number, message: string): Error {
  return Object.assign(new Error(message), { status, expose: true });
}

interface HttpError {
  readonly status?: number;
  readonly expose?: boolean;
  readonly message: string;
  readonly headers?: Record<string, string>;
}

/** As JSON: a client's mistake with its reason, a store that is away as 503 without one. What is neither stays with Express. */
export function answerErrors(error: HttpError, _req: Request, res: Response, next: NextFunction): void {
  const { status, expose, message, headers = {} } = error;
  if (status === undefined || res.headersSent) return next(error);
  const reason = expose ? message : STATUS_CODES[status];
  res.status(status).set(headers).json({ error: reason });
}
