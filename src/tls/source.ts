import { AppError } from "../errors.ts";
import type { CertificateSource } from "../protocol/tls.ts";
import { isPem } from "./pem.ts";
import { readRegularFile } from "./read-file.ts";

export interface Source extends CertificateSource {
  /** What it is called in messages: `tls`, `tls.certificates[0]`. */
  readonly option: string;
}

/** Paths, in the order in which they are read. */
export function filesOf({ cert, key, ca, pfx }: Source): readonly string[] {
  return [cert, key, ...ca, pfx].filter((value) => value !== null && !isPem(value)) as string[];
}

/** The path for people, or that it is written in the configuration. */
export function placeOf({ cert, pfx }: Source): string {
  const value = cert ?? pfx ?? "";
  return isPem(value) ? "configuration" : value;
}

export interface Text {
  readonly text: string;
  /** For messages: `in /etc/tls/key.pem`, `in the configuration`. */
  readonly where: string;
}

/** @throws AppError TLS_UNREADABLE */
export async function readPemText(option: string, value: string): Promise<Text> {
  if (isPem(value)) return { text: value, where: "in the configuration" };
  return { text: (await readBytes(option, value)).toString("latin1"), where: `in ${value}` };
}

/** @throws AppError TLS_UNREADABLE */
export async function readBytes(option: string, path: string): Promise<Buffer> {
  try {
    return await readRegularFile(path);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    const message = `${option}: expected to read ${path}, got ${REASONS[code] ?? code}`;
    throw new AppError("TLS_UNREADABLE", message, HINTS[code] ?? "Check the path.", { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "no permission",
  EISDIR: "a folder",
  ENXIO: "no regular file",
  ETIMEDOUT: "no answer in ten seconds",
};

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: "Check the path; a relative one begins at the config file's folder, or where Drover was started.",
  EACCES: "Drover itself reads it, as the user that starts it: --user is only for the workers.",
  EISDIR: "Name the file in it.",
  ENXIO: "It is read again when it changes, which a pipe, a socket or a device does not allow: put it into a file.",
  ETIMEDOUT: "Is its file system there? It is read again later.",
};
