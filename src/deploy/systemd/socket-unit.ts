import { isIPv6 } from "node:net";
import type { WrittenAddress } from "../../config/address.ts";
import type { Config } from "../../config/config.ts";
import { fileName } from "../file-name.ts";
import { wholeValue } from "./quote.ts";
import type { Service } from "./service.ts";
import { unitText, type Line } from "./unit.ts";

export function socketUnit(service: Service): string {
  const { name, sockets, config } = service;
  const unit = fileName(name);
  const hasPaths = sockets.some(({ kind }) => kind === "unix");
  return unitText(`${unit}.socket, written by drover deploy systemd`, [
    { name: "Unit", lines: [["Description", wholeValue(`sockets of ${name}`)]] },
    {
      name: "Socket",
      lines: [
        ...sockets.map((address, index): Line => ["ListenStream", stream(address), index === 0 ? perSlot(config) : ""]),
        ["BindIPv6Only", sockets.some(isEverywhere) ? "both" : null, "A port alone is all addresses, IPv6 and IPv4."],
        ["FreeBind", sockets.some(isOfOneInterface) ? "yes" : null, "The address may come up later than this."],
        ...(hasPaths ? pathLines(service) : []),
        [
          "Backlog",
          config.backlog,
          "Who waits while the service starts anew; the kernel's net.core.somaxconn is the most there can be.",
        ],
      ],
    },
    { name: "Install", lines: [["WantedBy", "sockets.target"]] },
  ]);
}

function perSlot({ perSlot, workers }: Config): string {
  if (!perSlot) return "";
  return `For ${workers} workers. Sockets of more of them Drover would bind by itself, if it may: write the units anew with --workers instead.`;
}

function pathLines({ account, socketGroup, config: { socketMode } }: Service): readonly Line[] {
  const everybody = "Every user of this machine: --socket-group says whose it is alone, nginx's for one.";
  const isOpen = socketMode === null && socketGroup === null;
  return [
    // A user that is made when the service starts is none yet.
    ["SocketUser", account.kind === "user" ? wholeValue(account.user) : null],
    ["SocketGroup", socketGroup === null ? null : wholeValue(socketGroup)],
    ["SocketMode", socketMode ?? (isOpen ? "0666" : "0660"), isOpen ? everybody : ""],
  ];
}

function stream(address: WrittenAddress): string {
  if (address.kind === "unix") return wholeValue(address.path);
  if (address.host === null) return String(address.port);
  return `${isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`;
}

function isEverywhere(address: WrittenAddress): boolean {
  return address.kind === "tcp" && address.host === null;
}

function isOfOneInterface(address: WrittenAddress): boolean {
  return address.kind === "tcp" && address.host !== null && !/^(?:127\.|::1$|0\.0\.0\.0$|::$)/.test(address.host);
}
