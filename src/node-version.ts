interface Complaint {
  readonly message: string;
  readonly hint: string;
}

/** What to say of a Node below 22.18; null for one that is new enough. This file loads on any Node and imports nothing. */
export function nodeTooOld(version: string, path: string): Complaint | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return null;
  return {
    message: `Drover needs Node 22.18 or newer, got ${version} (${path})`,
    hint: "Get a current one from https://nodejs.org/en/download or with your version manager, such as `nvm install 24`.",
  };
}
