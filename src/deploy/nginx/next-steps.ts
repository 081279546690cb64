import type { Config, Resolved } from "../../config/config.ts";
import { fileName } from "../file-name.ts";
import { shellWord } from "../shell-words.ts";
import type { Servers } from "./servers.ts";
import type { Wishes } from "./wishes.ts";

/** The command line that starts the app, with these arguments more. */
export type StartCommand = (more: readonly string[]) => readonly string[];

/** What is left to do: how to start the app for it, where the file goes, what may be in the way. */
export function nextSteps(
  resolved: Resolved,
  servers: Servers,
  wishes: Wishes,
  start: StartCommand,
): readonly string[] {
  const { config } = resolved;
  const file = fileName(config.name);
  const files = wishes.splitsUpstream ? `${file}.conf and ${file}-upstream.conf` : `${file}.conf`;
  return [
    `Start the app${servers.local === null ? " on each machine" : ""}:  ${start(missing(resolved, servers)).map(shellWord).join(" ")}`,
    ...(isGuess(resolved, servers)
      ? [
          `Its address:    port ${config.port}, as nothing says otherwise. An app that listens elsewhere by itself: -p PORT.`,
        ]
      : []),
    ...(servers.local === null ? ["                ADDRESS is nginx's own, as the app sees it."] : []),
    ...(servers.local === null && config.perSlot
      ? [
          "Each worker:    with --per-slot it has its own address: name all of them after --server, or some get no work.",
        ]
      : []),
    ...(servers.local?.kind === "unix" ? [`The socket:     ${accessTo(config)}`] : []),
    `Tell nginx:     put ${files} into /etc/nginx/conf.d/, then: nginx -t && nginx -s reload`,
    ...(wishes.domains.length === 0
      ? [
          "Every name:     Debian's own site is in its way: rm /etc/nginx/sites-enabled/default. So is another app's file without",
          "                --domain. Or give --domain.",
        ]
      : []),
    ...(wishes.domains.some((name) => name.length > LONGEST_NAME)
      ? ["A long name:    nginx wants server_names_hash_bucket_size 128; in its http { … }."]
      : []),
  ];
}

function isGuess({ origins }: Resolved, { local }: Servers): boolean {
  return local !== null && ["port", "listen"].every((key) => (origins[key] ?? "default") === "default");
}

/** Of a `server_name`, in the table that nginx makes by default. */
const LONGEST_NAME = 40;

/** How nginx's user comes into the group of the socket; its name is for the shell to find, on the machine where the app runs. */
function accessTo({ user, group }: Config): string {
  if (group === "www-data") return "is for the group www-data, that of nginx's user on Debian";
  if (group !== null) return `nginx's user needs the group ${group}: usermod -aG ${shellWord(group)} www-data`;
  if (user !== null)
    return `nginx's user needs the group of ${user}: usermod -aG "$(id -gn ${shellWord(user)})" www-data`;
  return `nginx's user needs your group. As the user who starts the app, not as root: sudo usermod -aG "$(id -gn)" www-data`;
}

/** Arguments without which it would not work, or not safely. */
function missing({ config, origins }: Resolved, { local }: Servers): readonly string[] {
  const isDefault = (key: string): boolean => (origins[key] ?? "default") === "default";
  const isOpen = local?.kind === "tcp" && config.host === null && config.listen !== false && config.listen.length === 0;
  return [
    ...(isOpen ? ["--host=127.0.0.1"] : []),
    ...(local?.kind === "unix" && isDefault("socketMode") ? ["--socket-mode=0660"] : []),
    ...(isDefault("trustProxy") ? [`--trust-proxy=${local === null ? "ADDRESS" : "loopback"}`] : []),
  ];
}
