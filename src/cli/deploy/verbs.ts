import type { Verb } from "../verbs.ts";
import { DEPLOY_FLAGS } from "./deploy.ts";

/** The verbs that write files for what stands around an app. */
export const DEPLOY_VERBS: readonly Verb[] = [
  {
    words: "deploy nginx",
    help: "write nginx's config for this app",
    takesApp: true,
    takesJson: true,
    flags: [
      ["--domain <name...>", "the names it is for (every name)"],
      ["--server <address...>", "where the app is on other machines: 10.0.0.1:3000 10.0.0.2:3000"],
      ["--nginx-port <port>", "where nginx listens (80; with a certificate 443, and a redirect from 80)"],
      ["--cert <file>", "certificate for nginx, with its chain"],
      ["--key <file>", "its private key"],
      ["--split-upstream", "write the upstream block into a file of its own"],
      ["--sync <file>", "run on, and keep this file, the upstream block, in step with the app's workers"],
      ["--nginx <command>", "how --sync calls nginx (nginx)"],
      ...DEPLOY_FLAGS,
    ],
    load: async () => (await import("./nginx.ts")).deployNginx,
  },
  {
    words: "deploy systemd",
    help: "write units with which systemd runs this app and holds its sockets",
    takesApp: true,
    takesJson: true,
    flags: [
      ["--service-user <user>", "whom it runs as (the owner of the app, unless that is root)"],
      ["--socket-group <group>", "who else may connect to unix sockets: www-data (everybody)"],
      ["--no-socket", "have Drover bind the addresses, not systemd"],
      ["--install", "put the units in place, enable and start them; as root"],
      ...DEPLOY_FLAGS,
    ],
    load: async () => (await import("./systemd.ts")).deploySystemd,
  },
  {
    words: "deploy docker",
    help: "write a Dockerfile for this app",
    takesApp: true,
    takesJson: true,
    flags: DEPLOY_FLAGS,
    load: async () => (await import("./docker.ts")).deployDocker,
  },
  {
    words: "deploy compose",
    help: "write a Compose file for this app, in one container or two",
    takesApp: true,
    takesJson: true,
    flags: [
      ["--two", "two containers with half of the CPUs each, behind nginx, and a script that swaps them"],
      ["--cpus <count>", "for the app in all its containers together (the workers, or 2)"],
      ...DEPLOY_FLAGS,
    ],
    load: async () => (await import("./compose.ts")).deployCompose,
  },
];
