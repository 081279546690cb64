import { cpus, release, totalmem } from "node:os";

/** What a reader needs to judge figures: software and hardware, without anything that names the machine or its user. */
export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly date: string;
}

export function describeMachine(): Machine {
  return {
    node: process.version,
    system: `${process.platform} ${release().split("-", 1)[0]} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    date: new Date().toISOString().slice(0, 10),
  };
}
