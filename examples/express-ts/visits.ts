import type { NextFunction, Request, Response } from "express";

/** The count lives in the browser's cookie, so every worker reads the same one. */
export function visitsOf(req: Request): number {
  const value = /(?:^|;\s*)visits=(\d{1,9})(?:;|$)/.exec(req.headers.cookie ?? "")?.[1];
  return Number(value ?? 0);
}

export function countVisits(req: Request, res: Response, next: NextFunction): void {
  res.cookie("visits", visitsOf(req) + 1, { httpOnly: true, sameSite: "lax", maxAge: 30 * 24 * 3600 * 1000 });
  next();
}
