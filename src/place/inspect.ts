import { Distribution } from "../pattern/distribution.ts";
import { kindName } from "../shared/array-kinds.ts";
import { showAs } from "../shared/inspect.ts";
import { GlobalPtr } from "./memory/global-ptr.ts";
import { SharedArray } from "./memory/shared-array.ts";
import { Definition } from "./mobile/definition.ts";
import { MobileRef } from "./mobile/ref.ts";
import { SharedLock } from "./shared-lock.ts";
import { Team } from "./team/team.ts";

showAs(Distribution, "Distribution", ({ rank, length, block }) => ({ rank, length, block }));
showAs(GlobalPtr, "GlobalPtr", ({ kind, place, index, extent }) => ({ of: kindName(kind), place, index, extent }));
showAs(SharedArray, "SharedArray", ({ kind, length, block }) => ({ of: kindName(kind), length, block }));
showAs(MobileRef, "Mobile", (it) => ({ of: String(it).split(" ")[0], id: it.id }));
showAs(Definition, "MobileClass", ({ className }) => ({ of: className }));
showAs(SharedLock, "SharedLock", ({ description: [place, number] }) => ({ place, number }));
showAs(Team, "Team", ({ members }) => ({ members }));
