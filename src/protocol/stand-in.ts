import type { Boot } from "./ipc.ts";
import type { TlsState } from "./tls.ts";

/** What the stand-in needs to know, as JSON in its first argument. What TLS servers share comes over the channel, as {@link StandInMessage}. */
export interface StandInBoot extends Pick<Boot, "tls" | "http2"> {
  /** Descriptors of the listeners; `secure` ones speak TLS. */
  readonly listeners: readonly { readonly fd: number; readonly secure: boolean }[];
}

export interface StandInMessage {
  readonly type: "tls";
  readonly state: TlsState;
}
