/**
 * What an app's files are called without their ending, whatever reads them, and its folders in `/run` and `/var/lib`: letters, digits, `_`, `:`, `.` and `-`. Of
 * two apps whose names come to the same here, the second one's files are not written over the first one's.
 */
export function fileName(app: string): string {
  const plain = app.replaceAll(/[^\w:.-]+/g, "-").replaceAll(/^[.-]+|-+$/g, "");
  return plain === "" ? "app" : plain;
}
