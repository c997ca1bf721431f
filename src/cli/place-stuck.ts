import { stalledEverywhere, watchStandstill } from "../place/stuck.ts";
import { progressOf, StallWatch } from "../stuck/watch.ts";
import { whyStuckOf } from "../stuck/why-stuck.ts";
import type { Runtime } from "../task/runtime.ts";
import { print, SETTLED_MS, seconds } from "./stuck.ts";

/** Looks so often within the limit. */
const LOOKS = 4;

/**
 * Looks now and then whether anything has begun or ended at this place, and tells others who ask. Place 0 asks when it has stood still for long
 * enough; when all have, it says once for each standstill who waits for what.
 */
export function watchPlace(runtime: Runtime, place: number, limit: number): void {
  const watch = new StallWatch(limit);
  let paused = 0;
  const look = (): void => {
    if (paused === 0) watch.look(progressOf(runtime), performance.now());
  };
  /** Asking wakes the workers, and that is no news. */
  const pause = (): (() => void) => {
    paused++;
    const settled = (): void => {
      if (--paused === 0) watch.accept(progressOf(runtime));
    };
    return () => void setTimeout(settled, SETTLED_MS).unref();
  };
  const stalledHere = (): number => {
    look();
    return watch.stalled(performance.now());
  };
  look();
  watchStandstill(stalledHere, pause);
  if (place !== 0) return void setInterval(look, limit / LOOKS).unref();
  let told = false;
  let asking = false;
  const round = async (): Promise<void> => {
    const stalled = stalledHere() < limit ? 0 : await stalledEverywhere(runtime);
    if (stalled < limit) told = false;
    else if (!told) {
      told = true;
      const goOn = pause();
      const why = await whyStuckOf(runtime).finally(goOn);
      if (why.verdict !== "idle") print(`nothing has begun or ended at any place for ${seconds(stalled)}`, String(why));
    }
  };
  const next = (): void => {
    if (asking) return;
    asking = true;
    void round()
      .catch(() => {})
      .finally(() => {
        asking = false;
      });
  };
  setInterval(next, limit / LOOKS).unref();
}
