import { makeShared } from "../shared/arrays.ts";
import { here } from "./runtime.ts";

/** Typed arrays on the heap, seen by all workers without a copy. */
export const shared = makeShared(here);
