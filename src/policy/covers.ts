/**
 * Where each slot has an address of its own, a slot without a worker has nobody who accepts there: a sibling does it meanwhile, which is called a cover.
 */

/** The address of one slot. Ids of workers are positive. */
export interface OwnAddress {
  readonly key: string;
  readonly slot: number;
  /** The same for the addresses of all slots that serve the same. */
  readonly family: string;
  /** Workers that accept on it as their own. */
  readonly servers: readonly number[];
  /** The worker that covers it now; null: none. */
  readonly coveredBy: number | null;
}

export interface ReadyWorker {
  readonly id: number;
  readonly slot: number;
}

/** Who is to cover what: a worker for each key that needs one and can have one. */
export function covers(
  addresses: readonly OwnAddress[],
  ready: readonly ReadyWorker[],
): ReadonlyMap<string, ReadyWorker> {
  const workers = new Map(ready.map((worker) => [worker.id, worker]));
  const able = byFamily(addresses, workers);
  const wanted = new Map<string, ReadyWorker>();
  const burdens = new Map<number, number>();
  const choose = ({ key }: OwnAddress, worker: ReadyWorker | undefined): void => {
    if (!worker) return;
    wanted.set(key, worker);
    burdens.set(worker.id, (burdens.get(worker.id) ?? 0) + 1);
  };
  const vacant = addresses.filter((address) => isVacant(address, workers)).toSorted((a, b) => a.slot - b.slot);
  for (const address of vacant) choose(address, able.get(address.family)?.get(address.coveredBy ?? 0));
  for (const address of vacant.filter(({ key }) => !wanted.has(key))) {
    const candidates = [...(able.get(address.family)?.values() ?? [])];
    choose(address, candidates.toSorted((a, b) => inTurn(a, b, burdens))[0]);
  }
  return wanted;
}

type Workers = ReadonlyMap<number, ReadyWorker>;

/** The ready workers that have an address of their own in a family. */
function byFamily(addresses: readonly OwnAddress[], workers: Workers): ReadonlyMap<string, Workers> {
  const families = Map.groupBy(addresses, ({ family }) => family);
  const found = [...families].map(([family, members]) => {
    const ids = new Set(members.flatMap(({ servers }) => servers));
    return [family, new Map([...workers].filter(([id]) => ids.has(id)))] as const;
  });
  return new Map(found);
}

/** A worker may accept a moment before it is ready: too early to call a cover off, and too late to call one in. */
function isVacant({ servers, coveredBy }: OwnAddress, ready: Workers): boolean {
  return coveredBy === null ? servers.length === 0 : !servers.some((id) => ready.has(id));
}

/** The fewest covers, then the lowest slot, and of two in one slot the younger, which stays. */
function inTurn(one: ReadyWorker, other: ReadyWorker, burdens: ReadonlyMap<number, number>): number {
  const burden = ({ id }: ReadyWorker): number => burdens.get(id) ?? 0;
  return burden(one) - burden(other) || one.slot - other.slot || other.id - one.id;
}
