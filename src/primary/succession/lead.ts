import type { ControlServer } from "../../control/server.ts";
import type { Succession } from "../../protocol/succession.ts";
import type { Relations } from "../host/platform.ts";
import type { RecordKeeper } from "../orphans/record-keeper.ts";

export interface LeadTools {
  /** On a descriptor that listens already, or by a claim of the name. Null: the app does without. */
  readonly openControl: (inherited: number | null) => Promise<ControlServer | null>;
  readonly keepRecord: () => RecordKeeper;
}

/** What only one primary of an app may have: its control socket, its record, its health endpoints and systemd's ear. */
export class Lead {
  readonly #relations: Relations;
  readonly #tools: LeadTools;
  #control: ControlServer | null = null;
  /** Left to a successor that has not kept it: verbs that came there may still be under way. */
  #former: ControlServer | null = null;
  #record: RecordKeeper | null = null;

  constructor(relations: Relations, tools: LeadTools) {
    this.#relations = relations;
    this.#tools = tools;
  }

  /** @throws AppError ALREADY_RUNNING, CONTROL_FAILED */
  async claim(inherited: number | null = null): Promise<void> {
    this.#control = await this.#tools.openControl(inherited);
    if (this.#control) this.#record = this.#tools.keepRecord();
  }

  /** What a successor is to inherit of it. */
  estate(): Pick<Succession, "control" | "admin"> {
    return { control: this.#control?.fd ?? null, admin: this.#relations.estate() };
  }

  /** A successor is to have it. Verbs under way go on. */
  async leave(): Promise<void> {
    this.#control?.leave();
    this.#record?.rest();
    await this.#relations.leave();
  }

  /**
   * The successor is gone before it has had it, or has left it as well. The name first, and at once: its workers may have started another one.
   * @throws AppError ALREADY_RUNNING when that one leads by now, CONTROL_FAILED, ADDRESS_*
   */
  async retake(): Promise<void> {
    const control = await this.#tools.openControl(null);
    this.#former = this.#control;
    this.#control = control;
    this.#record?.resume();
    await this.#relations.lead();
  }

  /** Of verbs under way the answers are sent. */
  async close(): Promise<void> {
    this.#record?.close();
    await Promise.all([this.#former?.close(), this.#control?.close()]);
  }
}
