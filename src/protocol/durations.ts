/**
 * The upper bounds, in seconds, by which durations of requests are counted: those of OpenTelemetry's `http.server.request.duration`, and finer ones below
 * for apps that answer at once. A duration that is equal to a bound counts to it; one above the last has a count of its own.
 */
export const DURATION_BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
