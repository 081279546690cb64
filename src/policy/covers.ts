/**
 * Where each slot has an address of its own, a slot without a worker has nobody who accepts there: a sibling does it meanwhile, which is called a cover.
 */

/** The address of one slot. */
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
  const wanted = new Map<string, ReadyWorker>();
  const vacant = addresses.filter((address) => isVacant(address, ready));
  const able = (address: OwnAddress): readonly ReadyWorker[] => {
    const family = addresses.filter((other) => other.family === address.family && other.key !== address.key);
    return ready.filter(({ id }) => family.some(({ servers }) => servers.includes(id)));
  };
  for (const address of vacant) {
    const same = able(address).find(({ id }) => id === address.coveredBy);
    if (same) wanted.set(address.key, same);
  }
  for (const address of vacant.filter(({ key }) => !wanted.has(key)).toSorted((a, b) => a.slot - b.slot)) {
    const chosen = leastBurdened(able(address), [...wanted.values()]);
    if (chosen) wanted.set(address.key, chosen);
  }
  return wanted;
}

/** A worker may accept a moment before it is ready: too early to call a cover off, and too late to call one in. */
function isVacant({ servers, coveredBy }: OwnAddress, ready: readonly ReadyWorker[]): boolean {
  return coveredBy === null ? servers.length === 0 : !ready.some(({ id }) => servers.includes(id));
}

/** The fewest covers, then the lowest slot, and of two in one slot the younger, which stays. */
function leastBurdened(able: readonly ReadyWorker[], busy: readonly ReadyWorker[]): ReadyWorker | undefined {
  const burden = ({ id }: ReadyWorker): number => busy.filter((worker) => worker.id === id).length;
  const [first] = able.toSorted((a, b) => burden(a) - burden(b) || a.slot - b.slot || b.id - a.id);
  return first;
}
