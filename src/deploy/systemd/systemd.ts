import type { Deployment } from "../deployment.ts";
import { fileName } from "../file-name.ts";
import { refuseUnfit } from "./refuse.ts";
import { serviceUnit } from "./service-unit.ts";
import type { Service } from "./service.ts";
import { socketUnit } from "./socket-unit.ts";

/**
 * A service unit, and the socket unit that goes with it where the addresses are known.
 * @throws AppError USAGE for what no unit can hold, and for a service that would not do what its user means
 */
export function systemdUnits(service: Service): Deployment {
  const unit = fileName(service.name);
  refuseUnfit(service, unit);
  const files = [{ name: `${unit}.service`, text: serviceUnit(service) }];
  if (service.sockets.length > 0) files.push({ name: `${unit}.socket`, text: socketUnit(service) });
  const units = files.map(({ name }) => name).toReversed();
  return {
    files,
    next: [
      "Look through them, then:",
      `  sudo cp ${units.join(" ")} /etc/systemd/system/`,
      "  sudo systemctl daemon-reload",
      `  sudo systemctl enable --now ${units.join(" ")}`,
      "With --install, and as root, this verb does all of it.",
    ],
  };
}
