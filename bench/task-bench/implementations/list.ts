import { futures } from "./futures.ts";
import type { Implementation } from "./implementation.ts";
import { phasers } from "./phasers.ts";
import { promises } from "./promises.ts";
import { rows } from "./rows.ts";

export const implementations: readonly Implementation[] = [futures, promises, rows, phasers];
