/** A bar of a chart. */
export interface Bar {
  readonly label: string;
  /** `null`: there is no figure, and `text` says why. */
  readonly value: { readonly median: number; readonly lowest: number; readonly highest: number } | null;
  /** Behind the bar. */
  readonly text: string;
  readonly isHighlighted: boolean;
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  /** Bars under headings of their own; an empty heading takes no room. */
  readonly groups: readonly { readonly heading: string; readonly bars: readonly Bar[] }[];
}

const WIDTH = 720;
const MARGIN = 16;
const LABELS = 190;
const VALUES = 72;
const PLOT = WIDTH - 2 * MARGIN - LABELS - VALUES;
const LEFT = MARGIN + LABELS;
const HEAD = 58;
const ROW = 24;
const BAR = 14;
/** A single bad round must not press all bars together. */
const LONGEST_WHISKER = 1.5;

/** It has a background of its own, so that it can be read wherever it is shown. */
const STYLE = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 } .quiet { fill: #59636e } .strong { font-weight: 600 }
  .panel { fill: #ffffff; stroke: #d1d9e0 } .bar { fill: #9aa7b4 } .ours { fill: #e36209 } .whisker { stroke: #1f2328; fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .panel { fill: #0d1117; stroke: #3d444d }
    .bar { fill: #57606a } .ours { fill: #f0883e } .whisker { stroke: #f0f6fc }
  }`;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const at = (number: number): string => String(Math.round(number * 10) / 10);

function text(x: number, y: number, words: string, name = "", anchor = ""): string {
  const more = `${name && ` class="${name}"`}${anchor && ` text-anchor="${anchor}"`}`;
  return `<text x="${at(x)}" y="${at(y)}"${more}>${escape(words)}</text>`;
}

function drawBar(
  { label, value, text: words, isHighlighted }: Bar,
  y: number,
  scale: (value: number) => number,
): string {
  const middle = y + ROW / 2;
  const baseline = middle + 4;
  const strong = isHighlighted ? "strong" : "";
  const name = text(LEFT - 8, baseline, label, strong, "end");
  if (!value) return [name, text(LEFT + 4, baseline, words, "quiet")].join("\n");
  const [from, to, end] = [value.lowest, value.highest, value.median].map(scale) as [number, number, number];
  const whisker = `M${at(LEFT + from)} ${at(middle)}H${at(LEFT + to)}m0 -3v6M${at(LEFT + from)} ${at(middle - 3)}v6`;
  return [
    name,
    `<rect class="${isHighlighted ? "ours" : "bar"}" x="${LEFT}" y="${at(middle - BAR / 2)}" width="${at(Math.max(end, 1))}" height="${BAR}" rx="2"/>`,
    `<path class="whisker" d="${whisker}"/>`,
    text(LEFT + Math.max(end, to) + 6, baseline, words, strong),
  ].join("\n");
}

/** Horizontal bars of medians, with whiskers from the lowest to the highest: an SVG without scripts. */
export function renderChart({ title, subtitle, groups }: Chart): string {
  const values = groups.flatMap(({ bars }) => bars.flatMap(({ value }) => (value ? [value] : [])));
  const limit = Math.max(...values.map(({ median }) => median)) * LONGEST_WHISKER;
  const most = Math.max(...values.map(({ highest }) => Math.min(highest, limit)), 0) || 1;
  const scale = (value: number): number => (Math.min(value, most) / most) * PLOT;

  let y = HEAD;
  const drawn = groups.flatMap(({ heading, bars }) => {
    const head = heading === "" ? [] : [text(MARGIN, y + ROW - 7, heading, "quiet")];
    y += heading === "" ? 0 : ROW;
    return [
      ...head,
      ...bars.map((bar) => {
        y += ROW;
        return drawBar(bar, y - ROW, scale);
      }),
    ];
  });
  const height = y + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escape(`${title}: ${subtitle}`)}</title>
<style>${STYLE}
</style>
<rect class="panel" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
${text(MARGIN, 26, title, "title")}
${text(MARGIN, 45, subtitle, "quiet")}
${drawn.join("\n")}
</svg>
`;
}
