/** A process that can be watched: answers whoever connects, and says where. */

import { findKoffi } from "../../src/net/koffi.ts";
import { Lifelines } from "../../src/net/mpi/lifeline.ts";

const lifelines = new Lifelines(findKoffi()!);
process.send!(lifelines.contact);
setInterval(() => lifelines.look(), 5);
