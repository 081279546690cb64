import { slots } from "../../policy/slots.ts";
import { addressKey } from "../../protocol/address.ts";
import { SUCCESSION_VERSION, type InheritedListener, type Succession } from "../../protocol/succession.ts";
import type { Primary } from "../primary.ts";

/** What a successor is told of this primary. Descriptors are this process's. */
export function estateOf(primary: Primary, lead: Pick<Succession, "control" | "admin">): Succession {
  const { generations, supervisor, withdrawn } = primary;
  const { fleet } = supervisor;
  const { config } = generations.get(fleet.generation).resolved;
  const counts = slots(fleet).map((slot) => ({ slot, count: primary.slots.get(slot).restarts }));
  return {
    version: SUCCESSION_VERSION,
    name: config.name,
    predecessor: { pid: process.pid },
    generation: generations.last,
    workers: { size: fleet.size, configured: config.workers },
    withdrawn,
    restarts: counts.filter(({ count }) => count > 0),
    listeners: listenersOf(primary),
    ...lead,
  };
}

function listenersOf({ listeners, world: { passed } }: Primary): readonly InheritedListener[] {
  const held = listeners.all().map(({ key, handle }): InheritedListener => {
    const name = passed.nameOf(handle);
    return { key, fd: handle.fd, ...(name !== null && { passed: name }) };
  });
  const unused = passed.unused().map(({ name, address, handle }) => {
    return { key: addressKey(address), fd: handle.fd, passed: name };
  });
  return [...held, ...unused];
}
