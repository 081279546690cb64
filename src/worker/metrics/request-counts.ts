import { OTHER_METHOD, OTHER_ROUTE, type RequestSeries } from "../../protocol/metrics.ts";
import { Durations } from "../traffic/durations.ts";

/** Those of RFC 9110, PATCH and QUERY: any other may be a client's invention. */
const METHODS: ReadonlySet<string> = new Set("CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE".split(" "));

/** Kinds that are told apart in one worker. Those beyond are one for each class of status. */
const MOST_KINDS = 500;

interface Kind {
  readonly method: string;
  readonly status: string;
  readonly route: string | null;
  readonly durations: Durations;
  ms: number;
  /** Since it was last told. */
  isChanged: boolean;
}

/** Durations of requests by method, status and route. On each request: looks into small tables, whose keys are there from the second on. */
export class RequestCounts {
  readonly #kinds = new Map<string | null, Map<string, Map<number, Kind>>>();
  readonly #beyond = new Map<string, Kind>();
  #changed: Kind[] = [];
  #size = 0;

  /** @param route null: the framework does not say */
  add(method: string, status: number, route: string | null, ms: number): void {
    const kind = this.#kindOf(METHODS.has(method) ? method : OTHER_METHOD, status, route);
    kind.durations.add(ms);
    kind.ms += ms;
    if (kind.isChanged) return;
    kind.isChanged = true;
    this.#changed.push(kind);
  }

  /** Those that have changed since this was last asked. */
  takeChanged(): RequestSeries[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed.map((kind) => {
      kind.isChanged = false;
      const { method, status, route, durations, ms } = kind;
      return { method, status, route, counts: [...durations.counts], sum: ms / 1000 };
    });
  }

  #kindOf(method: string, status: number, route: string | null): Kind {
    return this.#kinds.get(route)?.get(method)?.get(status) ?? this.#newKind(method, status, route);
  }

  #newKind(method: string, status: number, route: string | null): Kind {
    if (this.#size >= MOST_KINDS) return this.#kindBeyond(`${Math.trunc(status / 100)}xx`);
    this.#size += 1;
    const kind = newKind(method, String(status), route);
    const methods = this.#kinds.get(route) ?? new Map<string, Map<number, Kind>>();
    const statuses = methods.get(method) ?? new Map<number, Kind>();
    this.#kinds.set(route, methods.set(method, statuses.set(status, kind)));
    return kind;
  }

  #kindBeyond(status: string): Kind {
    const kind = this.#beyond.get(status) ?? newKind(OTHER_METHOD, status, OTHER_ROUTE);
    this.#beyond.set(status, kind);
    return kind;
  }
}

function newKind(method: string, status: string, route: string | null): Kind {
  return { method, status, route, durations: new Durations(), ms: 0, isChanged: false };
}
