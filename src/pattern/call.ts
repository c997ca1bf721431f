/** Where loops are called, for traces. */
import { tracer } from "../sched/tracing.ts";

/** `make()`, whose tasks belong to the call of `callee` that is on the stack: a loop over `body`. */
export const inCall = <T>(callee: Function, body: object, make: () => T): T =>
  tracer.on ? tracer.calledAt(tracer.callSite(callee, body), make) : make();
