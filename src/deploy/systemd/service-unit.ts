import type { Config } from "../../config/config.ts";
import { EXIT } from "../../errors.ts";
import { fileName } from "../file-name.ts";
import { hardening } from "./hardening.ts";
import { commandWord, wholeValue, word } from "./quote.ts";
import type { Account, Service } from "./service.ts";
import { unitText, type Line } from "./unit.ts";

/** From the end of the last worker to that of the service, with time to spare. Seconds. */
const SPARE = 10;
/** An app that has never been ready is given up after so many boots. */
const BOOTS = 3;
/** What Node needs for its own file handles beside the app's: as much as systemd lets any service raise it to. */
const OPEN_FILES = 524_288;

/** A worker has a dozen threads, two of it are there during a reload, and the app may have children. */
const TASKS_EACH = 64;

/** Starting again does not mend these. */
const HOPELESS = [EXIT.usage, EXIT.boot, EXIT.config].join(" ");

const CLIENTS_START = " Who connects starts it all the same, until StartLimitBurst: then the socket closes, too.";

export function serviceUnit(service: Service): string {
  const { name, sockets } = service;
  const unit = fileName(name);
  const socket = sockets.length > 0 ? `${unit}.socket` : null;
  return unitText(`${unit}.service, written by drover deploy systemd`, [
    {
      name: "Unit",
      lines: [
        ["Description", wholeValue(`${name}, served by Drover`)],
        [
          "Requires",
          socket,
          "systemd holds the sockets: who connects while the service starts anew waits in their queues.",
        ],
        ["After", ["network.target", socket].filter(Boolean).join(" ")],
        ["StartLimitIntervalSec", 60, "What ends at once, ten times in a minute, is left alone."],
        ["StartLimitBurst", 10],
      ],
    },
    { name: "Service", lines: [...running(service, unit), ...folders(unit), ...hardening(service)] },
    { name: "Install", lines: [["WantedBy", "multi-user.target"]] },
  ]);
}

function running(
  { name, command, args, folder, account, variables, config, sockets }: Service,
  unit: string,
): readonly Line[] {
  const [node, ...before] = command;
  const run = (words: readonly string[]): string => [word(node), ...[...before, ...words].map(commandWord)].join(" ");
  return [
    [
      "Type",
      "notify",
      "A start is over when every worker is ready, or has failed. From systemd 253 on notify-reload will do, too.",
    ],
    ["NotifyAccess", "all", "The messages come from systemd-notify, a child of Drover's."],
    ...userLines(account),
    ["WorkingDirectory", wholeValue(folder)],
    [
      "Environment",
      word(`PWD=${folder}`),
      "The folder by its own name: of one that is a link, a reload follows where it leads by then.",
    ],
    ...Object.entries(variables).map(([key, value]): Line => ["Environment", word(`${key}=${value}`)]),
    [
      "EnvironmentFile",
      `-/etc/default/${unit}`,
      "Variables and secrets, NAME=value, readable by root alone; read at a start, not at a reload.",
    ],
    ["ExecStart", run(args)],
    ["ExecReload", run(["reload", `--name=${name}`]), "Waits for the reload, and fails when that was rolled back."],
    ["SyslogIdentifier", wholeValue(unit)],
    ["WatchdogSec", 30, "Drover gives a sign of life every half of it."],
    [
      "TimeoutStartSec",
      startTimeout(config),
      "Above what Drover itself allows for a start or a reload: it says what failed.",
    ],
    ["TimeoutStopSec", stopTimeout(config), "Lameduck and drain, and a little more."],
    [
      "Environment",
      config.timeouts.grace === null ? `DROVER_GRACE_TIMEOUT=${stopTimeout(config)}s` : null,
      "What Drover cannot see: how long it is given.",
    ],
    ["KillMode", "mixed", "TERM is for the primary alone, which leads its workers out."],
    ["Restart", "always"],
    [
      "RestartPreventExitStatus",
      HOPELESS,
      `A wrong command line, an app that cannot boot, a wrong configuration: another start mends none.${sockets.length > 0 ? CLIENTS_START : ""}`,
    ],
    ["OOMPolicy", "continue", "A worker that the kernel kills for its memory is replaced."],
    ["LimitNOFILE", OPEN_FILES],
    ["#MemoryMax", "75%", "Limits of all its processes together, if there are to be any; a task is a thread."],
    ["#TasksMax", TASKS_EACH * (config.workers + 1)],
  ];
}

function userLines(account: Account): readonly Line[] {
  if (account.kind === "user") return [["User", wholeValue(account.user)]];
  if (account.kind === "dynamic")
    return [["DynamicUser", "yes", "The app's folder is root's: a user that owns nothing but the folders below."]];
  return [["User", "root", "The primary; its workers, with all of the app's code, run as the user that --user names."]];
}

/** Of this user alone: whoever can write to the control socket commands the app. */
function folders(unit: string): readonly Line[] {
  return [
    ["RuntimeDirectory", unit, `For the control socket: DROVER_HOME=/run/${unit} drover status`],
    ["RuntimeDirectoryMode", "0700"],
    ["Environment", `DROVER_HOME=/run/${unit}`],
    ["StateDirectory", unit, "What the workers share, and certificates that were obtained."],
    ["StateDirectoryMode", "0700"],
  ];
}

/** Seconds. A rolling reload boots one worker after another. */
function startTimeout({ timeouts, workers, reload }: Config): number {
  const rounds = Math.ceil(workers / Math.max(1, reload.surge));
  const rolling = reload.probation + rounds * timeouts.boot + timeouts.drain;
  return Math.ceil(Math.max(BOOTS * timeouts.boot, rolling) / 1000) + SPARE;
}

/** Seconds. */
function stopTimeout({ timeouts: { lameduck, drain } }: Config): number {
  return Math.ceil((lameduck + drain) / 1000) + SPARE;
}
