import type { IncomingMessage } from "node:http";

/** What is read of Express 4 and 5, nothing is written. */
interface Routed extends IncomingMessage {
  readonly app?: App;
  readonly route?: Route;
  readonly baseUrl?: string;
}

interface Route {
  readonly path?: unknown;
}

interface App {
  /** Of Express 4, where the other one throws. */
  readonly _router?: Router;
  readonly router?: Router;
  readonly parent?: App;
  /** As the app wrote it where it mounted this one: a text or a list of them. */
  readonly mountpath?: unknown;
}

interface Router {
  readonly stack?: readonly Layer[];
}

interface Layer {
  readonly handle?: Router;
  readonly route?: Route;
  /** Of Express 5: the path as the app wrote it. */
  readonly rawPath?: unknown;
  /** Of Express 4, which forgets it. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
}

/** Routers within routers; one may hold itself. */
const DEEPEST = 10;

/** Knows which of an Express app's routes answered. */
export class ExpressRoutes {
  /** The templates of a route, of which there are several where its router is mounted several times. */
  readonly #known = new WeakMap<Route, readonly (string | null)[]>();

  /**
   * `/users/:id`, with the templates of the routers and apps it is mounted in. Null: no route, or a mount is no plain text.
   * `baseUrl` alone is no help: it holds what the client sent, and after an error it is empty.
   */
  of(request: IncomingMessage): string | null {
    const { route } = request as Routed;
    if (typeof route !== "object" || route === null) return null;
    const templates = this.#known.get(route) ?? this.#look(request, route);
    if (templates.length === 1) return templates[0] ?? null;
    const asked = join((request as Routed).baseUrl ?? "", writtenPath(route));
    return templates.find((template) => template === asked) ?? null;
  }

  #look({ app }: Routed, route: Route): readonly (string | null)[] {
    const templates = [...new Set(chains(stackOf(app), route, DEEPEST).map((chain) => templateOf(app, chain, route)))];
    if (templates.length > 0) this.#known.set(route, templates);
    return templates;
  }
}

function stackOf(app: App | undefined): readonly Layer[] {
  return (app?._router ?? app?.router)?.stack ?? [];
}

/** The layers that lead to the route, as often as it can be reached. */
function chains(stack: readonly Layer[], route: Route, depth: number): (readonly Layer[])[] {
  if (depth === 0) return [];
  return stack.flatMap((layer) => {
    if (layer.route) return layer.route === route ? [[]] : [];
    return chains(layer.handle?.stack ?? [], route, depth - 1).map((rest) => [layer, ...rest]);
  });
}

function templateOf(app: App | undefined, chain: readonly Layer[], route: Route): string | null {
  const pieces = [...mountsOf(app), ...chain.map(pieceOf)];
  return pieces.includes(null) ? null : join(pieces.join(""), writtenPath(route));
}

function mountsOf(app: App | undefined): readonly (string | null)[] {
  if (!app?.parent) return [];
  const { mountpath, parent } = app;
  return [...mountsOf(parent), typeof mountpath === "string" ? withoutSlash(mountpath) : null];
}

function pieceOf({ rawPath, regexp }: Layer): string | null {
  if (typeof rawPath === "string") return withoutSlash(rawPath);
  if (regexp?.fast_slash) return "";
  return regexp ? literalOf(regexp) : null;
}

/** What Express 4 has made of a text, back; null where it was more than that. */
function literalOf({ source }: RegExp): string | null {
  const text = /^\^((?:\\[/.-]|[\w/-])*?)\\\/\?\(\?=\\\/\|\$\)$/.exec(source)?.[1];
  return text?.replaceAll("\\", "") ?? null;
}

function writtenPath({ path }: Route): string {
  return [path].flat().map(String).join("|");
}

function join(mount: string, path: string): string {
  return (path === "/" ? mount : mount + path) || "/";
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, "");
}
