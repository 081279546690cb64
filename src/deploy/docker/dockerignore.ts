import type { Image } from "./image.ts";

/** What stays outside of the image. `out`: the folder of these files, from the app's; `.` when they are the same. */
export function renderIgnore({ ignored, leftOut }: Image, out: string): string {
  const own = out === "." ? ["aside", "compose.yaml", "nginx.conf", "swap"] : out.startsWith("..") ? [] : [out];
  const theirs =
    ignored === null ? "" : `# The app's own .dockerignore: Docker reads this file, and not that one.\n${ignored}\n\n`;
  return `${theirs}# Its packages are installed in the image, its secrets are given to the container.
.git
**/node_modules
**/.env*
**/.npmrc
**/.ssh
**/*.key
**/*.p12
**/*.pem
**/*.pfx
**/Dockerfile*
**/*.log
coverage
${[...leftOut.map(literally), ...own].map((line) => `${line}\n`).join("")}# A public certificate that the app reads goes in with a line at the end: !certs/ca.pem
`;
}

/** As a pattern that means this file alone. */
function literally(file: string): string {
  return `/${file.replaceAll(/[\\*?[!]/g, String.raw`\$&`)}`;
}
