import { shellWord } from "../shell-words.ts";
import { buildCommand, npmrcSecret, type Folders } from "./docker.ts";
import type { Image } from "./image.ts";

/** The script that replaces one half after the other. */
export function renderSwap(image: Image, folders: Pick<Folders, "app">): string {
  const { app, name, ready } = image;
  return `#!/bin/sh
# Puts a release of ${app} into both halves, one after the other, without losing a request: ./swap 42
# Back to the one before: ./swap 41. As long as its image is there, nothing is built.
set -eu
umask 022
CDPATH='' cd -- "$(dirname -- "$0")"

# Only what Docker takes as a tag.
if [ $# -ne 1 ]; then set -- ""; fi
case "$1" in
  "" | [.-]* | *[!A-Za-z0-9_.-]*)
    echo "usage: ./swap RELEASE: letters, digits, _, . and -, such as ./swap 42" >&2
    exit 2
    ;;
esac
before=$(sed -n 's/^TAG=//p' .env 2>/dev/null || true)
before=\${before:-1}
# For compose.yaml. It wins over .env.
export TAG="$1"

if [ ! -d aside ]; then
  echo "expected the folder $PWD/aside, into which nginx looks, got none. Make it; then, since nginx still has the old one: docker compose restart nginx" >&2
  exit 1
fi
# Two at once would take both halves away.
if ! why=$(mkdir aside/lock 2>&1); then
  if [ -d aside/lock ]; then
    echo "another swap is under way. If none is: rmdir $PWD/aside/lock" >&2
  else
    echo "expected $PWD/aside to be writable, got $why" >&2
  fi
  exit 1
fi
trap 'rmdir aside/lock' EXIT
trap 'exit 1' HUP INT TERM

${image.npmrc ? secretWhereThereIs(folders.app) : ""}docker image inspect "${name}:$TAG" >/dev/null 2>&1 ||
  ${buildCommand(image, { file: "Dockerfile", folder: folders.app, tag: "$TAG", secret: '"$@"' })}

halves="web-1 web-2"
# A half that an earlier swap has left aside comes first: the other one is all that serves.
if [ -e aside/web-2 ]; then halves="web-2 web-1"; fi

for half in $halves; do
  echo "$half: $TAG"
  # From now on nginx sends it nothing new; the second is for what is on its way.
  : >"aside/$half"
  sleep 1
  # It finishes what it has, ends, and is started anew. Healthy is ready.
  if ! docker compose up --detach --no-deps --no-build --force-recreate --wait --wait-timeout ${ready} "$half"; then
    echo "$half is not ready with $TAG and gets no requests; the other half serves them all." >&2
    echo "Why: docker compose logs $half. Back: ./swap $before" >&2
    exit 1
  fi
  rm "aside/$half"
done

# What a later docker compose up starts. The file may hold secrets, and keeps its mode.
if [ -e .env ]; then cp -p .env .env.next; fi
{ grep -v '^TAG=' .env 2>/dev/null || true; echo "TAG=$TAG"; } >.env.next
mv .env.next .env
`;
}

/** Sets the arguments of the script, which are read by then. */
function secretWhereThereIs(folder: string): string {
  return `# Where there is none, the build does without.
set --
if [ -e ${shellWord(`${folder}/.npmrc`)} ]; then set -- ${npmrcSecret(folder)}; fi
`;
}
