import { closeSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { readPackage } from "../config/package-json.ts";
import type { Look } from "./run.ts";

const HEAD_BYTES = 512;

/** Looks into the real folder of an app. */
export function lookInto(folder: string): Look {
  return {
    head: (file) => readHead(resolve(folder, file)),
    script: (name) => {
      const script = readPackage(folder)?.scripts?.[name];
      return typeof script === "string" ? script : undefined;
    },
  };
}

function readHead(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isDirectory()) return "";
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(HEAD_BYTES);
    return buffer.toString("latin1", 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}
