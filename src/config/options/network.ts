import { boolean, orNull, wholeNumber } from "../kinds.ts";
import { addresses, fileMode, host, port } from "../option-kinds.ts";
import type { Rows } from "../option.ts";
import { trustedProxies } from "../trust-kind.ts";

/** Where it listens. */
export const NETWORK = {
  port: {
    group: "Network",
    flag: "-p, --port <port>",
    env: "PORT",
    kind: port,
    default: 3000,
    help: "port of the app, and its variable PORT; 0: any free one",
    common: true,
  },
  host: {
    group: "Network",
    flag: "-H, --host <host>",
    env: "HOST",
    kind: orNull(host()),
    default: null,
    computed: "all",
    help: "address to listen on",
    common: true,
  },
  listen: {
    group: "Network",
    flag: "--listen <address>",
    off: { flag: "--no-listen", help: "serve nothing: a background worker" },
    env: "DROVER_LISTEN",
    kind: addresses(),
    default: [],
    computed: "host, port",
    help: "listen there instead: 8080, [::1]:80, unix:/run/web.sock",
    common: true,
    repeatable: true,
  },
  perSlot: {
    group: "Network",
    flag: "--per-slot",
    env: "DROVER_PER_SLOT",
    kind: boolean(),
    default: false,
    help: "an address for each worker, for a proxy that chooses: port, port + 1, …",
  },
  socketMode: {
    group: "Network",
    flag: "--socket-mode <mode>",
    env: "DROVER_SOCKET_MODE",
    kind: orNull(fileMode()),
    default: null,
    computed: "by the umask",
    help: "permissions of unix sockets, such as 0660",
  },
  trustProxy: {
    group: "Network",
    flag: "--trust-proxy <cidr>",
    env: "DROVER_TRUST_PROXY",
    kind: trustedProxies(),
    default: null,
    computed: "headers as sent",
    help: "proxies whose X-Forwarded-* is believed: 10.0.0.0/8, loopback, private, none",
    repeatable: true,
  },
  backlog: {
    group: "Network",
    flag: "--backlog <count>",
    env: "DROVER_BACKLOG",
    kind: wholeNumber("a whole number", 1, 65_535),
    default: 4096,
    help: "length of the kernel's queue of waiting connections",
  },
} as const satisfies Rows;
