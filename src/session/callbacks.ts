/** What express-session and its kin hand a store: called once, with an error or with what was asked for. */
export type Callback<Value = void> = (error: unknown, value?: Value) => void;

/** Calls back when the promise has settled. An error that is thrown in there is the app's, and not lost in a promise. */
export function tell<Value>(promise: Promise<Value>, callback: Callback<Value> | undefined): void {
  const call = (error: unknown, value?: Value): void => {
    if (callback !== undefined) process.nextTick(callback, error, value);
  };
  promise.then((value) => call(null, value), call);
}
