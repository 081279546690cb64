import { renderNginx } from "../deploy/nginx/nginx.ts";
import { readWishes } from "../deploy/nginx/wishes.ts";
import { deploy } from "./deploy.ts";
import { startArguments } from "./start-arguments.ts";

/** Writes nginx's config for this app. */
export const deployNginx = deploy(({ sources, resolution }, { own }, { cwd }) =>
  renderNginx(resolution, readWishes(own, cwd), (more) => ["drover", ...startArguments(sources, more)]),
);
