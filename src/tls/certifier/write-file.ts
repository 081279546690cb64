import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { KeyAndCert } from "../../protocol/certifier.ts";
import { CertifierError } from "./certifier-error.ts";

/** Folders that are missing are created with 0700. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Writes a file for this user's eyes only. Whoever reads it, also after a power cut, gets the old text or the new one, whole.
 * @throws CertifierError FILE_UNWRITABLE
 */
export async function writeFile(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  await publish([[draft, path]]);
}

/**
 * As {@link writeFile}, both; when they are the same file, it holds both. The key first and the certificate right behind it, both on the disk by then: a reader that comes in between finds that they do not
 * match, and that they do when it looks again.
 * @throws CertifierError FILE_UNWRITABLE
 */
export async function writePair(pair: KeyAndCert, keyFile: string, certFile: string): Promise<void> {
  if (keyFile === certFile) return writeFile(certFile, pair.key + pair.cert);
  const key = await writeDraft(keyFile, pair.key);
  const cert = await writeDraft(certFile, pair.cert).catch(async (error: unknown) => {
    await rm(key, { force: true });
    throw error;
  });
  await publish([
    [key, keyFile],
    [cert, certFile],
  ]);
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const file = await open(draft, "wx", FILE_MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw unwritable(path, error as Error);
  }
  return draft;
}

async function publish(files: readonly (readonly [draft: string, path: string])[]): Promise<void> {
  for (const [draft, path] of files) {
    try {
      await rename(draft, path);
    } catch (error) {
      await Promise.all(files.map(([left]) => rm(left, { force: true })));
      throw unwritable(path, error as Error);
    }
  }
  await Promise.all([...new Set(files.map(([, path]) => dirname(path)))].map(syncFolder));
}

/** The names too. Not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder);
    await handle.sync();
    await handle.close();
  } catch {
    return;
  }
}

function unwritable(path: string, { message }: Error): CertifierError {
  const hint = "Check that the folder belongs to the user Drover runs as, and that its disk is not full.";
  return new CertifierError("FILE_UNWRITABLE", `expected to write ${path}, which failed: ${message}`, hint);
}
