/** What members do in phasers happens in the recorded order; `register`, which may have to wait for the end of an action, sees to it by itself. */
import { ordered } from "../sched/direct.ts";
import { Phaser } from "../task/phaser.ts";

type Method = (this: Phaser, ...args: unknown[]) => unknown;

export function orderPhasers(): void {
  const prototype = Phaser.prototype as unknown as Record<string, Method>;
  for (const name of ["next", "signal", "wait", "drop", "leaveFor"]) {
    const method = prototype[name]!;
    prototype[name] = function (...args) {
      return ordered("takes part in a phaser", () => method.apply(this, args));
    };
  }
}
