import { renderCompose } from "../../deploy/docker/compose.ts";
import { renderHalves } from "../../deploy/docker/halves.ts";
import { AppError } from "../../errors.ts";
import { deploy } from "./deploy.ts";
import { describeApp } from "./describe-app.ts";

const STANDARD_CPUS = 2;

/** Writes a Compose file, and a Dockerfile where there is none. */
export const deployCompose = deploy((app, request, io) => {
  const { image, folders, hasDockerfile } = describeApp(app, request, io);
  const cpus = readCpus(request.own["cpus"] as string | undefined) ?? image.workers ?? STANDARD_CPUS;
  const render = request.own["two"] === true ? renderHalves : renderCompose;
  return render(image, { ...folders, cpus, withImage: !hasDockerfile });
});

function readCpus(given: string | undefined): number | null {
  if (given === undefined) return null;
  const cpus = /^\d+(\.\d+)?$/.test(given) ? Number(given) : 0;
  if (cpus > 0) return cpus;
  throw new AppError("USAGE", `--cpus: expected a number above 0, such as 2 or 1.5, got "${given}"`);
}
