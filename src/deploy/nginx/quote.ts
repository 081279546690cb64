/** A word of nginx's config, in quotes where it needs them. A directive that takes variables still looks for them in it. */
export function quote(word: string): string {
  return /^[\w./:@%+,=~[\]*][\w./:@%+,=~[\]*-]*$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Text for a comment: what ends a line would end the comment. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+|[\u2028\u2029]+/gu, " ");
}
