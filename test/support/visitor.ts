/** A browser of one visitor: keeps cookies and sends them back. */
export class Visitor {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  /** The same visitor in another tab: the cookies of now, and what becomes of them apart. */
  clone(url = this.#url): Visitor {
    const other = new Visitor(url);
    for (const [name, value] of this.#cookies) other.hold(name, value);
    return other;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  /** Takes a cookie that the app did not set: a forged one, say. */
  hold(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  /** What it sends as its `Cookie` header. */
  get header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async get(path: string): Promise<Response> {
    return this.#ask(path, "GET");
  }

  async post(path: string): Promise<Response> {
    return this.#ask(path, "POST");
  }

  async #ask(path: string, method: string): Promise<Response> {
    const headers = { cookie: this.header, connection: "close" };
    const response = await fetch(this.#url + path, { method, headers });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "" || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
