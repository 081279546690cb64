import { identify } from "./identity.ts";

/** The map behind the variable `connection` of this app; ends with a newline. */
export function renderConnectionMap(app: string): string {
  return `# The header Connection for the app: "upgrade" for a WebSocket, nothing for all else. "close" would cost a connection for each request, and
# HTTP/2 that a client offers in this way (h2c) is no business of the app's.
map $http_upgrade ${identify(app).connection} {
  default '';
  ~*^websocket$ upgrade;
}
`;
}
