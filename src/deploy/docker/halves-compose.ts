import type { ComposeOptions } from "./compose.ts";
import { buildCommand } from "./docker.ts";
import { STATE } from "./dockerfile.ts";
import type { Image } from "./image.ts";
import { environment, service, volumes } from "./service.ts";
import { indent } from "./yaml.ts";

const BUILT_BEFORE = `# Built before, once: Compose would do it for both halves at the same time, which fails. And no registry's image of this name is meant.
pull_policy: never`;

const REDIS = "redis://redis:6379/0";

/** The Compose file of two halves, nginx and, where they have no other, a Redis. */
export function renderHalvesCompose(image: Image, options: ComposeOptions): string {
  const { app, name } = image;
  const ownRedis = image.store === "embedded";
  return `# ${app} in two containers with half of the CPUs each, behind nginx: while one is replaced, the other serves.
# The first start:
#   ${buildCommand(image, { file: "Dockerfile", folder: options.app, tag: "1" }).replaceAll(/\p{Cc}+/gu, " ")}
#   docker compose up --detach
# From then on: ./swap RELEASE
name: ${name}

x-half: &half
${indent(half(image, options, ownRedis), 2)}

services:
  web-1:
    <<: *half
    networks: { web: { ipv4_address: "${address(name, 11)}" } }

  web-2:
    <<: *half
    networks: { web: { ipv4_address: "${address(name, 12)}" } }

  nginx:
    image: nginx:1.30-alpine
    restart: unless-stopped
    depends_on: [web-1, web-2]
    ports: ["80:80"]
    volumes:
      - ./nginx.conf:/etc/nginx/conf.d/default.conf:ro
      - ./aside:/etc/nginx/aside:ro
    # nginx looks names up once, at its start. So the halves have addresses that stay theirs, here and not in the DNS: it starts while one of them is away.
    extra_hosts:
      - "web-1:${address(name, 11)}"
      - "web-2:${address(name, 12)}"
    networks: [web]
    logging:
      driver: local
      options: { max-size: 10m, max-file: "5" }
${ownRedis ? `\n${indent(redis(), 2)}\n` : ""}
networks:
  web:
    # Only these containers'; the range is for those without an address of their own. If it is another network's already: NET=10.99.1 in a file .env here.
    ipam:
      config: [{ subnet: "${subnet(name)}", ip_range: "${net(name)}.0/29" }]
${ownRedis ? "\nvolumes:\n  redis:\n" : ""}`;
}

function half(image: Image, options: ComposeOptions, ownRedis: boolean): string {
  const workers = image.workers === null ? null : Math.ceil(image.workers / 2);
  const more = { DROVER_TRUST_PROXY: `"${subnet(image.name)}"`, ...(ownRedis && { DROVER_STORE: REDIS }) };
  return [
    service(image, BUILT_BEFORE),
    `cpus: "${options.cpus / 2}" # half of ${options.cpus}${image.workers === null ? ", and a worker for each" : ""}`,
    environment(image, workers, more),
    volumes(image, options),
    `# For Drover's own socket; what is to outlive the container is in Redis.\ntmpfs: ["${STATE}:uid=1000,gid=1000,mode=0700"]`,
    ...(ownRedis ? ["depends_on: [redis]"] : []),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function redis(): string {
  return `# Sessions and whatever else the halves share: a file would be one container's, and who is logged in on one half would not be on the other.
redis:
  image: redis:8-alpine
  command: ["redis-server", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
  restart: unless-stopped
  volumes: ["redis:/data"]
  networks: [web]
  logging:
    driver: local
    options: { max-size: 10m, max-file: "5" }`;
}

/** Two apps on one machine are to have different ones, and each the same for ever. */
function net(name: string): string {
  const sum = Buffer.from(name).reduce((hash, byte) => (hash * 31 + byte) % 254, 7);
  return `\${NET:-10.213.${sum + 1}}`;
}

function subnet(name: string): string {
  return `${net(name)}.0/28`;
}

function address(name: string, host: number): string {
  return `${net(name)}.${host}`;
}
