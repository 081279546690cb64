import type { Quantiles } from "./quantiles.ts";

/** What a load generator does. */
export interface LoadPlan {
  /**
   * `keep-alive`: each connection is used until the end. `connection`: one connection per request.
   * `websocket`: a request is a message of {@link body} on a connection that was upgraded before.
   * `h2`: streams of HTTP/2, by TLS.
   */
  readonly mode: "keep-alive" | "connection" | "websocket" | "h2";
  /** In all. */
  readonly requests: number;
  /** At a time. */
  readonly connections: number;
  /** Of HTTP/2, on each connection at a time. Default: 1. */
  readonly streams?: number;
  /** Bytes that each request carries, by POST. Default: none, a GET. */
  readonly body?: number;
  /** The body of every answer: its text, or how many bytes it has. A WebSocket answers with what it was sent. */
  readonly answer: string | number;
  /** Requests per second, whether earlier ones are answered or not. Default: each as soon as its place is free. */
  readonly rate?: number;
}

/** What came of it. Latencies in milliseconds, over all answered requests. */
export interface Loaded extends Quantiles {
  readonly answered: number;
  /** Requests refused, reset, cut short or not answered as expected. Nothing is tried again. */
  readonly errors: number;
  readonly seconds: number;
}
