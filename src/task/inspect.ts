import { Future } from "../sched/core.ts";
import { State } from "../sched/state.ts";
import { showAs } from "../shared/inspect.ts";
import { Phaser } from "./phaser.ts";
import { HeddlePromise } from "./promise.ts";
import { Runtime } from "./runtime.ts";

// Not by `status`, which counts as having seen the outcome.
showAs(Future as unknown as { readonly prototype: Future<unknown> }, "Future", ({ state, a0, def }) => {
  if (state === State.DONE) return { status: "fulfilled", value: a0 };
  if (state === State.FAILED) return { status: "failed", error: a0 };
  return { status: state === State.CANCELLED ? "cancelled" : "pending", of: def.name };
});
showAs(HeddlePromise as unknown as { readonly prototype: HeddlePromise<unknown> }, "HeddlePromise", ({ future }) => ({ future }));
showAs(Phaser, "Phaser", ({ phase }) => ({ phase }));
showAs(Runtime, "Runtime", ({ name, workers }) => ({ name, workers }));
