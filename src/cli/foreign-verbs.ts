import { AppError } from "../errors.ts";

/** Verbs that people bring from pm2, and what serves their purpose here. */
const FOREIGN: Readonly<Record<string, string>> = {
  list: "drover ls shows your running apps.",
  l: "drover ls shows your running apps.",
  ps: "drover ls shows your running apps.",
  delete: "drover stop ends an app; there is no list it would have to be deleted from.",
  del: "drover stop ends an app; there is no list it would have to be deleted from.",
  kill: "drover stop ends an app, drover stop --now at once. There is no daemon beside the apps.",
  describe: "drover status shows one app in detail.",
  desc: "drover status shows one app in detail.",
  show: "drover status shows one app in detail.",
  info: "drover status shows one app in detail.",
  monit: "drover top shows one app live, with the figures of each worker.",
  update: "drover upgrade replaces Drover itself, and Node, while the app serves.",
  save: "There is no list of apps to save: let systemd start each app at boot.",
  startup: "Let systemd start each app at boot, with drover start as ExecStart of a unit.",
  resurrect: "There is no list of apps to start again: let systemd start each app at boot.",
  flush: "Nothing has to be flushed: log files are rotated by themselves.",
  gracefulReload: "drover reload replaces the code without losing a request.",
  reloadLogs: "drover reopen opens the log file anew.",
};

/** What to say of a verb that Drover does not know but pm2 does; null for any other word. */
export function foreignVerb(word: string | undefined): AppError | null {
  if (word === undefined || !Object.hasOwn(FOREIGN, word)) return null;
  return new AppError("USAGE", `expected a verb of Drover, got "${word}", one of pm2's`, FOREIGN[word]);
}
