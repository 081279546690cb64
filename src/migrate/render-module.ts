const WIDTH = 100;

/** The source of a config file. It imports nothing, so that it loads where Drover is installed elsewhere. */
export function renderModule(config: object, source: string): string {
  return `// From ${source}.\n/** @type {import("drover").UserConfig} */\nexport default ${render(config, "")};\n`;
}

function render(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const flat = Array.isArray(value) ? `[${items(value, "").join(", ")}]` : `{ ${items(value, "").join(", ")} }`;
  const short = !flat.includes("\n") && indent.length + flat.length < WIDTH;
  if (short && (Array.isArray(value) || indent.length > 2)) return flat;
  const deeper = `${indent}  `;
  const lines = items(value, deeper).map((item) => `${deeper}${item},\n`);
  return Array.isArray(value) ? `[\n${lines.join("")}${indent}]` : `{\n${lines.join("")}${indent}}`;
}

function items(value: object, indent: string): readonly string[] {
  if (Array.isArray(value)) return value.map((item) => render(item, indent));
  return Object.entries(value).map(([key, item]) => `${renderKey(key)}: ${render(item, indent)}`);
}

function renderKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
