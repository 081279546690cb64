import { renderDocker } from "../../deploy/docker/docker.ts";
import { deploy } from "./deploy.ts";
import { describeApp } from "./describe-app.ts";

/** Writes a Dockerfile for the app. */
export const deployDocker = deploy((app, request, io) => {
  const { image, folders } = describeApp(app, request, io);
  return renderDocker(image, folders);
});
