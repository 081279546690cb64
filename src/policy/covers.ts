/**
 * Where each slot has an address of its own, a slot without a worker has nobody who accepts there: a sibling does it meanwhile, which is called a cover.
 * Its clients can make that sibling full, so that it accepts nothing: then those with room cover both. Where every slot has its worker, a full one is for
 * the balancer to see: connections that a sibling takes stay with it, and would burden it long after.
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
  /** It accepts nothing until it has room again. */
  readonly isFull: boolean;
}

/** Who is to cover what: a worker for each key that needs one and can have one. */
export function covers(
  addresses: readonly OwnAddress[],
  ready: readonly ReadyWorker[],
): ReadonlyMap<string, ReadyWorker> {
  const families = Map.groupBy(addresses, ({ family }) => family).values();
  return new Map([...families].flatMap((family) => [...coversWithin(family, ready)]));
}

function coversWithin(family: readonly OwnAddress[], ready: readonly ReadyWorker[]): ReadonlyMap<string, ReadyWorker> {
  const workers = new Map(ready.map((worker) => [worker.id, worker]));
  const vacant = family.filter((address) => isVacant(address, workers));
  const crowded = vacant.length > 0 ? family.filter(({ servers }) => areFull(servers, workers)) : [];
  const able = ready.filter(({ id }) => family.some(({ servers }) => servers.includes(id)));
  const roomy = able.filter(({ isFull }) => !isFull);
  // With room nowhere, whoever is the first to have it again accepts for the missing as well.
  return roomy.length > 0 ? assigned([...vacant, ...crowded], roomy) : assigned(vacant, able);
}

/** What is covered stays where it is, as far as that can be. */
function assigned(addresses: readonly OwnAddress[], able: readonly ReadyWorker[]): ReadonlyMap<string, ReadyWorker> {
  const wanted = new Map<string, ReadyWorker>();
  const burdens = new Map<number, number>();
  const choose = ({ key }: OwnAddress, worker: ReadyWorker | undefined): void => {
    if (!worker) return;
    wanted.set(key, worker);
    burdens.set(worker.id, (burdens.get(worker.id) ?? 0) + 1);
  };
  const bySlot = addresses.toSorted((a, b) => a.slot - b.slot);
  for (const address of bySlot)
    choose(
      address,
      able.find(({ id }) => id === address.coveredBy),
    );
  for (const address of bySlot.filter(({ key }) => !wanted.has(key)))
    choose(address, able.toSorted((a, b) => inTurn(a, b, burdens))[0]);
  return wanted;
}

type Workers = ReadonlyMap<number, ReadyWorker>;

/** A worker may accept a moment before it is ready: too early to call a cover off, and too late to call one in. */
function isVacant({ servers, coveredBy }: OwnAddress, ready: Workers): boolean {
  return coveredBy === null ? servers.length === 0 : !servers.some((id) => ready.has(id));
}

function areFull(servers: readonly number[], ready: Workers): boolean {
  return servers.length > 0 && servers.every((id) => ready.get(id)?.isFull);
}

/** The fewest covers, then the lowest slot, and of two in one slot the younger, which stays. */
function inTurn(one: ReadyWorker, other: ReadyWorker, burdens: ReadonlyMap<number, number>): number {
  const burden = ({ id }: ReadyWorker): number => burdens.get(id) ?? 0;
  return burden(one) - burden(other) || one.slot - other.slot || other.id - one.id;
}
