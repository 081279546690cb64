import type { NodeVersion } from "./nodes.ts";
import type { Peer } from "./peers/peer.ts";
import { PEERS, type PeerId } from "./peers/peers.ts";
import type { Contestant } from "./report/results.ts";
import type { Workload } from "./workloads/workload.ts";
import { WORKLOADS, type WorkloadId } from "./workloads/workloads.ts";

/** What takes its turn. */
export interface Entry extends Contestant {
  readonly workload: WorkloadId;
}

/** Of these peers, those that a workload is for. */
export function partakersOf(workload: WorkloadId, ids: readonly PeerId[]): PeerId[] {
  const { peers, references }: Workload = WORKLOADS[workload];
  return ids.filter((id) => {
    const { reference }: Peer = PEERS[id];
    return references?.includes(id) || (peers ? peers.includes(id) : reference !== true);
  });
}

/** Every peer on every version of Node; one that runs no Node once. */
export function entriesOf(workload: WorkloadId, ids: readonly PeerId[], nodes: readonly NodeVersion[]): Entry[] {
  return partakersOf(workload, ids).flatMap((peer): Entry[] => {
    const { ownRuntime }: Peer = PEERS[peer];
    if (ownRuntime) return [{ workload, peer, node: null }];
    return nodes.map(({ version }) => ({ workload, peer, node: version }));
  });
}
