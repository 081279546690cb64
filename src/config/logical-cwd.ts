import { realpathSync } from "node:fs";

/**
 * The folder we were started in as the shell wrote it. The kernel's own answer has every symlink resolved, and a `current` link must be followed
 * anew by each reload.
 */
export function logicalCwd(env: NodeJS.ProcessEnv, cwd: string): string {
  const written = env["PWD"];
  if (!written?.startsWith("/")) return cwd;
  try {
    return realpathSync(written) === cwd ? written : cwd;
  } catch {
    return cwd;
  }
}
