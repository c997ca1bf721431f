import { getPlatform } from "../platform/platform.ts";
import type { Future } from "./core.ts";
import { tell } from "./events.ts";

/** Reports a failure in the way of the platform, unless somebody comes to look at it in this turn of the event loop. */
export function reportUnlessObserved(future: Future<unknown>): void {
  const platform = getPlatform();
  void platform.macrotask().then(() => {
    if (future.more?.observed === true) return;
    tell("failureUnhandled", () => ({ error: future.a0 }));
    platform.unhandled(future.a0);
  });
}
