/** Programs of this folder, one after the other in the same places: to start those takes longer than most cases. The arguments are their names. */
import anywhere from "./anywhere.ts";
import apps from "./apps.ts";
import finish from "./finish.ts";
import futures from "./futures.ts";
import heat from "./heat.ts";
import loops from "./loops.ts";
import lulesh from "./lulesh.ts";
import memory from "./memory.ts";
import mobile from "./mobile.ts";
import phasers from "./phasers.ts";
import remote from "./remote.ts";
import taskBench from "./task-bench.ts";
import teams from "./teams.ts";

const programs = { anywhere, apps, finish, futures, heat, loops, lulesh, memory, mobile, phasers, remote, taskBench, teams };

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  for (const name of args) {
    console.log(`begin ${place} ${name}`);
    await programs[name as keyof typeof programs]({ place, places, args: [] });
  }
}
