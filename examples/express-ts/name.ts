import { mistake } from "./errors.ts";

const LONGEST_NAME = 80;

export function nameIn(body: unknown): string {
  const { name } = (body ?? {}) as { name?: unknown };
  const trimmed = typeof name === "string" ? name.trim() : "";
  if (trimmed !== "" && trimmed.length <= LONGEST_NAME) return trimmed;
  throw mistake(400, `"name" must be a text of 1 to ${LONGEST_NAME} characters`);
}
