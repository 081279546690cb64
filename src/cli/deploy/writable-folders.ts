import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { WrittenAddress } from "../../config/address.ts";
import { fileName } from "../../deploy/file-name.ts";
import type { Service } from "../../deploy/systemd/service.ts";
import { nearest } from "../../placement/look-at.ts";

interface Given extends Pick<Service, "account" | "config" | "folder"> {
  /** Those that Drover binds by itself. */
  readonly sockets: readonly WrittenAddress[];
}

/**
 * What a service writes to beside the folders that systemd makes for it. systemd resolves links once, at a start: of a `current` link it is
 * the folder around it that stays.
 */
export function writableFolders({ account, config, folder, sockets }: Given): readonly string[] {
  const { log, admin, store, cwd, name } = config;
  const made = [`/run/${fileName(name)}/`, `/var/lib/${fileName(name)}/`];
  const files = [
    ...(log.file === null ? [] : [log.file]),
    ...(admin?.startsWith("unix:") ? [admin.slice("unix:".length)] : []),
    ...(store.startsWith("sqlite:/") ? [store.slice("sqlite:".length)] : []),
    ...sockets.flatMap((address) => (address.kind === "unix" ? [address.path] : [])),
  ].filter((file) => !made.some((one) => file.startsWith(one)));
  const paths = [
    ...(account.kind === "dynamic" ? [] : [folder, cwd].map(aroundLinks)),
    ...files.map((file) => nearest(dirname(file))),
  ];
  return [...new Set(paths)].filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}

function aroundLinks(folder: string): string {
  const parent = dirname(folder);
  if (parent === folder) return folder;
  const around = aroundLinks(parent);
  if (around !== parent) return around;
  return realpathSync(folder) === join(realpathSync(parent), folder.slice(parent.length)) ? folder : parent;
}
