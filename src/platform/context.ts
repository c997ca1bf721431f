/**
 * Contexts for platforms without AsyncLocalStorage. A value holds during the synchronous part of `run`, and after an await
 * of something whose `then` was wrapped by `following`. After any other await it is lost.
 */
import type { Context } from "./platform.ts";

/** The values of all contexts; never changed, only replaced. */
type Values = ReadonlyMap<object, unknown>;

const NONE: Values = new Map();
let current = NONE;

function within<R>(values: Values, body: () => R): R {
  const outer = current;
  current = values;
  try {
    return body();
  } finally {
    current = outer;
  }
}

export function stackContext<T>(): Context<T> {
  const context: Context<T> = {
    run: (store, body) => within(new Map(current).set(context, store), body),
    get: () => current.get(context) as T | undefined,
  };
  return context;
}

type Then = (onFulfilled?: unknown, onFailed?: unknown) => unknown;

/**
 * What the getter of a `then` returns so that `await` keeps the context. An await reads `then` at once, while the context
 * still holds, and calls it later. When the value is there it is handed to a function of the engine's, which queues the
 * code behind the await as a microtask. Microtasks run in the order in which they were queued, so one before it and one
 * behind it put the context in place for just that code.
 */
export function following(then: Then): Then {
  const values = current;
  if (values === NONE) return then;
  const around = (callback: unknown): unknown => {
    if (typeof callback !== "function") return callback;
    return (value: unknown): unknown => {
      let outer = NONE;
      queueMicrotask(() => {
        outer = current;
        current = values;
      });
      try {
        return within(values, () => callback(value));
      } finally {
        queueMicrotask(() => {
          current = outer;
        });
      }
    };
  };
  return function (this: unknown, onFulfilled, onFailed) {
    return then.call(this, around(onFulfilled), around(onFailed));
  };
}
