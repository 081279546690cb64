import type { NoteName } from "../protocol/notes.ts";
import type { CertificateSource } from "../protocol/tls.ts";

/** Milliseconds. In a config file also `"30s"`, `"500ms"`, `"2m"`, `"1h"`. */
export type Duration = number;

/** The resolved configuration: complete, frozen, every path absolute. Its consumers receive it, or their slice of it, as an argument. */
export interface Config {
  /** The app's file, absolute, its symlinks unresolved, so that a `current` link is followed anew by each generation. */
  readonly entry: string;
  /** What the app is called in logs and by the other verbs. */
  readonly name: string;
  /** Handed to the app as `process.argv.slice(2)`. */
  readonly args: readonly string[];
  /** Port 0..65535 of an exported app, and `PORT` in the app's environment. 0: any free port, the same for all workers. */
  readonly port: number;
  /** Address an exported app listens on. `null`: all, IPv6 and IPv4. */
  readonly host: string | null;
  /**
   * Addresses an exported app listens on instead of `host` and `port`: `"3000"`, `"127.0.0.1:3000"`, `"[::1]:3000"`, `"unix:/run/web.sock"`.
   * `false`: the app serves nothing; it is a background worker, ready when loaded. `[]`: `host` and `port` say it all.
   */
  readonly listen: readonly string[] | false;
  /** Whether each worker has an address of its own: `port` + slot − 1, or `/run/web-1.sock`, `/run/web-2.sock` for `unix:/run/web.sock`. */
  readonly perSlot: boolean;
  /** Permissions of the app's unix sockets in octal digits, `"0660"`. `null`: as the umask has it. */
  readonly socketMode: string | null;
  /** How many workers, at least 1. */
  readonly workers: number;
  /** Working folder of the workers. */
  readonly cwd: string;
  /** Variables read from `envFile`; the environment Drover was started with wins over them. */
  readonly env: Readonly<Record<string, string>>;
  readonly envFile: string | null;
  /** Options of Node itself for each worker, such as `["--import", "tsx"]` or `["--max-old-space-size=512"]`. */
  readonly nodeOptions: readonly string[];
  /** User and group the workers run as (a name or a number); the primary keeps its own and binds the addresses. */
  readonly user: string | null;
  readonly group: string | null;
  /** `always`: a worker that dies is replaced. `never`: it is not, and Drover ends with the last one. */
  readonly restart: "always" | "never";
  /** Who opens the server when the entry both exports an app and may call `listen()`: see docs/apps.md. */
  readonly serve: "auto" | "listen" | "export";
  /** A file run beside the supervisor in one process of its own. */
  readonly primaryModule: string | null;
  /** Ready only after the app's own `process.send("ready")`; until then its worker accepts nothing. */
  readonly waitReady: boolean;
  /** Ready only when a GET of this path is answered with 2xx or 3xx; until then its worker accepts nothing. */
  readonly probe: string | null;
  /** Requests that one worker handles at once: at the cap it stops accepting, and when all are there answers 503. `null`: no cap. */
  readonly maxInFlight: number | null;
  /** Whether the app gets pm2's message `shutdown` when it is to end. */
  readonly shutdownMessage: boolean;
  /** Where the workers keep what they share: `"embedded"`, or an address such as `"sqlite:/srv/shop/store.db"` or `"redis://cache:6379/0"`. May hold a password. */
  readonly store: string;
  /** Reload whenever a file of the app changes. */
  readonly watch: boolean;
  /** Where the health endpoints are: `"9000"` (on loopback), `"0.0.0.0:9000"`, `"unix:/run/web-admin.sock"`. `null`: nowhere. */
  readonly admin: string | null;
  /** Ready workers below which `/readyz` says no. `null`: half of them. */
  readonly quorum: number | null;
  readonly reload: {
    /** Workers beyond their number while a reload replaces them. */
    readonly surge: number;
    /** How long the first new worker must live before any old one leaves. 0: no trial. */
    readonly probation: Duration;
  };
  /** When a worker that is well is replaced, the next one first. `null`: never for that reason. */
  readonly recycle: {
    /** Bytes of resident memory, seen above it for some seconds. In a config file also `"512MB"`. */
    readonly memory: number | null;
    /** Answered by it. */
    readonly requests: number | null;
    /** Since it was ready. */
    readonly lifetime: Duration | null;
    /** How many percent fewer requests and a shorter life it may have, by chance: workers that began together do not go together. */
    readonly jitter: number;
  };
  /** Length of the kernel's queue of connections that no worker has accepted yet. */
  readonly backlog: number;
  /**
   * The proxies whose word about clients is taken (`X-Forwarded-*`, `Forwarded`, `X-Real-IP`): addresses, CIDRs, `"loopback"` (unix sockets too), `"private"`.
   * From all others the app does not hear such headers. `[]`: from nobody. `null`: the app hears what was sent.
   */
  readonly trustProxy: readonly string[] | null;
  readonly tls: {
    /** `auto`: where a certificate or `acme` is configured. `dev`: with a self-signed certificate. `off`: never. */
    readonly mode: "auto" | "dev" | "off";
    /** The default certificate: PEM text, or the path of a PEM file, which may hold its chain too. */
    readonly cert: string | null;
    readonly key: string | null;
    /** Intermediates, each PEM text or a path, in any order. */
    readonly ca: readonly string[];
    /** Of `key` or `pfx`. */
    readonly passphrase: string | null;
    /** Path of a PKCS #12 file, instead of `cert` and `key`. */
    readonly pfx: string | null;
    /** For more names, each found by SNI. */
    readonly certificates: readonly CertificateSource[];
    /** Whether clients are asked for a certificate, and refused without one. */
    readonly clientCert: "none" | "ask" | "require";
    /** Who signs the certificates of clients: each PEM text or a path. */
    readonly clientCa: readonly string[];
    readonly minVersion: "TLSv1.2" | "TLSv1.3";
    /** Addresses where plain HTTP is answered with a redirect to HTTPS, and ACME's http-01. `false`: none. `[]`: port 80 with `acme`, else none. */
    readonly redirect: readonly string[] | false;
    /** The value of Strict-Transport-Security. `null`: it is not sent. */
    readonly hsts: string | null;
    readonly acme: {
      /** Each gets a certificate of its own. Empty: no ACME. */
      readonly domains: readonly string[];
      readonly email: string | null;
      /** `"letsencrypt"`, `"letsencrypt-staging"`, or the URL of a directory. */
      readonly directory: string;
      /** PEM text or path: who has signed the directory's own certificate, for a private authority. */
      readonly trust: string | null;
      readonly challenge: "auto" | "http-01" | "tls-alpn-01";
      /** Of certificate, where the authority has several. */
      readonly profile: string | null;
      /** External account binding. */
      readonly keyId: string | null;
      readonly macKey: string | null;
    };
  };
  /** Where HTTP/2 is spoken beside HTTP/1.1: over TLS, there and on plain listeners too (h2c, by prior knowledge), or nowhere. */
  readonly http2: "tls" | "all" | "off";
  readonly timeouts: {
    /** From fork to ready. */
    readonly boot: Duration;
    /** From the order to leave to the kill. */
    readonly drain: Duration;
    /** How long a worker's event loop may not turn before it is killed; 0: for ever. */
    readonly hang: Duration;
    /** From the order to stop until the drain begins: still serving, while readiness already says no. */
    readonly lameduck: Duration;
    /** What the platform grants between its TERM and its KILL. `null`: what is known of the platform. */
    readonly grace: Duration | null;
    /** How long a draining worker leaves idle keep-alive connections open. */
    readonly idle: Duration;
    readonly keepAlive: Duration;
    readonly headers: Duration;
    /** Longest silence in the middle of a request's body. */
    readonly read: Duration;
    readonly request: Duration;
  };
  /** What Drover is not to remark upon: names of notes, see docs/noticed.md, or `"all"`. */
  readonly silence: readonly (NoteName | "all")[];
  readonly log: {
    readonly level: "debug" | "info" | "warn" | "error" | "silent";
    /** `auto`: pretty on a terminal, `journal` where systemd's journal reads, JSON lines otherwise. */
    readonly format: "auto" | "pretty" | "json" | "journal";
    /** Whether the app's own lines get their slot and pid. `false`: workers write straight to Drover's stdout and stderr. */
    readonly prefix: boolean;
    /** One JSON line per request, written by the worker to its stdout. */
    readonly access: boolean;
    /** A file instead of stdout and stderr. `null`: those, but in the background `logs/NAME.log` in Drover's folder. */
    readonly file: string | null;
    /** Bytes after which the file is rotated; 0: never by size. */
    readonly maxSize: number;
    /** Rotated files that are kept. */
    readonly maxFiles: number;
    /** Age after which the file is rotated. `null`: never by age. */
    readonly maxAge: Duration | null;
    /** Whether rotated files are gzipped. */
    readonly compress: boolean;
  };
}

type Input<T> = [T] extends [readonly string[] | false | null] ? InputList<T> : InputValue<T>;

/** Where there may be none at all, they are addresses, and a port is one. */
type InputList<T> = [false] extends [T]
  ? T | readonly (string | number)[] | string | number
  : T | readonly string[] | string;

type InputValue<T> = T extends number
  ? number | string
  : T extends string | boolean | null
    ? T
    : T extends readonly (infer Item)[]
      ? readonly InputValue<Item>[]
      : { readonly [K in keyof T]?: Input<T[K]> };

/** Options of one app: every one optional, durations and counts also as text. `workers` also takes `"auto"`. */
export type AppConfig = { readonly [K in keyof Omit<Config, "env" | "tls">]?: Input<Config[K]> } & {
  readonly env?: Readonly<Record<string, string>>;
  readonly tls?: TlsConfig;
};

/** PEM text, what `fs.readFileSync` answers, or a path. */
type Pem = string | Uint8Array;

type TlsConfig = Omit<Input<Config["tls"]>, "cert" | "key" | "ca" | "clientCa" | "certificates" | "hsts"> & {
  readonly cert?: Pem | null;
  readonly key?: Pem | null;
  readonly ca?: Pem | readonly Pem[];
  readonly clientCa?: Pem | readonly Pem[];
  readonly certificates?: readonly {
    readonly cert?: Pem;
    readonly key?: Pem;
    readonly ca?: Pem | readonly Pem[];
    readonly passphrase?: string;
    readonly pfx?: string;
    readonly names?: string | readonly string[];
  }[];
  readonly hsts?: string | true | null;
};

/** What a config file may hold: the options of an app, or of all its `apps`, which each override them. */
export type UserConfig = AppConfig & { readonly apps?: Readonly<Record<string, AppConfig>> };

/** Where a value came from, in the words shown to the user: `flag --port`, `env PORT`, `drover.config.ts`, `default`. */
export type Origin = string;

export interface Resolved {
  readonly config: Config;
  /** By option key in dotted form (`timeouts.drain`). */
  readonly origins: Readonly<Record<string, Origin>>;
  /** Why that many workers: `quota of the cgroup, 2 CPUs`, `flag --workers`. */
  readonly workersWhy: string;
  /** The config file and the env file, where there are any. */
  readonly files: readonly string[];
}
