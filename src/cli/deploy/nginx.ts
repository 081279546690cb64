import { renderNginx } from "../../deploy/nginx/nginx.ts";
import { readWishes } from "../../deploy/nginx/wishes.ts";
import { startArguments } from "../start-arguments.ts";
import type { Run } from "../verbs.ts";
import { deploy } from "./deploy.ts";
import { givenVariables } from "./given-variables.ts";

const write = deploy(({ sources, resolution }, { own }, { cwd }) => {
  const given = Object.entries(givenVariables(resolution, sources.env)).map(([name, value]) => `${name}=${value}`);
  const drover = given.length === 0 ? ["drover"] : ["env", ...given, "drover"];
  return renderNginx(resolution, readWishes(own, cwd), (more) => [...drover, ...startArguments(sources, more)]);
});

/** Writes nginx's config for this app; or, with `--sync`, follows the app. */
export const deployNginx: Run = async (request, io) => {
  if (request.own["sync"] === undefined) return await write(request, io);
  const { syncNginx } = await import("./nginx-sync.ts");
  return await syncNginx(request, io);
};
