/** What members do in phasers happens in the recorded order. */
import { ordered } from "../sched/direct.ts";
import { Phaser } from "../task/phaser.ts";

type Method = (this: Phaser, ...args: unknown[]) => unknown;

export function orderPhasers(): void {
  const prototype = Phaser.prototype as unknown as Record<string, Method>;
  for (const name of ["next", "signal", "wait", "register", "drop", "leaveFor"]) {
    const method = prototype[name]!;
    prototype[name] = function (...args) {
      return ordered("takes part in a phaser", () => method.apply(this, args));
    };
  }
}
