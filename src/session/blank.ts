/** Whether there is nothing in a session but its cookie. */
export function isBlank(session: object): boolean {
  return Object.keys(session).every((name) => name === "cookie");
}
