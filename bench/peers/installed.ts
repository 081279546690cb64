import { join } from "node:path";

/** Of a file in a package that was installed for the peers. */
export const installed = (...path: readonly string[]): string => join(import.meta.dirname, "node_modules", ...path);
