/** Seeing how a future was settled orders: wrapped here, where tasks of ordinary runs do not pay for it. */
import { Future } from "../sched/core.ts";
import { State } from "../sched/state.ts";
import type { Order } from "./order.ts";

type Any = Future<unknown>;

export function watchFutures(order: Order): void {
  const { prototype } = Future;
  const { join, then } = prototype;
  const iterate = prototype[Symbol.iterator];
  const { get: status } = Object.getOwnPropertyDescriptor(prototype, "status")!;

  prototype.join = function (this: Any) {
    try {
      return join.call(this);
    } finally {
      order.observed(this);
    }
  } as typeof join;

  prototype.then = function (this: Any, onFulfilled?: unknown, onFailed?: unknown) {
    const observe = order.observer(this);
    const seen = then.call(
      this,
      (value) => {
        observe();
        return value;
      },
      (error: unknown) => {
        observe();
        throw error;
      },
    );
    return seen.then(onFulfilled as never, onFailed as never);
  } as typeof then;

  prototype[Symbol.iterator] = function* (this: Any): ReturnType<typeof iterate> {
    try {
      return yield* iterate.call(this);
    } finally {
      order.observed(this);
    }
  } as typeof iterate;

  Object.defineProperty(prototype, "status", {
    get(this: Any) {
      const it: unknown = status!.call(this);
      if (this.state >= State.DONE) order.observed(this);
      return it;
    },
    configurable: true,
  });
}
