/** What finish scopes say to each other: the protocols that a communication thread runs, for up to 1024 places, on the virtual cluster. */
import { VirtualCluster } from "heddle/testing";
import { Collectives } from "../../src/place/protocol/collectives.ts";
import type { Team } from "../../src/place/protocol/members.ts";
import { Termination } from "../../src/place/protocol/termination.ts";
import type { Row } from "../benchmark.ts";

const PLACES = [2, 4, 16, 64, 256, 1024];

interface Cost {
  readonly messages: number;
  readonly bytes: number;
  /** The longest chain of messages, each of which is sent because of the one before. */
  readonly depth: number;
}

/** A message takes one unit of time and a place sends any number at once, so the time that passes is the depth. */
const clusterOf = (places: number): VirtualCluster => new VirtualCluster({ places, latency: 1, jitter: 0, overhead: 0 });

function run(cluster: VirtualCluster, ended: () => number): Cost {
  cluster.run();
  if (ended() !== cluster.places) throw new Error(`the scope ended at ${ended()} of ${cluster.places} places`);
  return { messages: cluster.messages, bytes: cluster.bytes, depth: cluster.now };
}

/** `finish.spmd`, in which nothing has failed, from the end of its tasks on: see src/place/finish.ts. */
export function endOfScope(places: number): Cost {
  const cluster = clusterOf(places);
  const team: Team = { id: 0, members: Array.from({ length: places }, (_, place) => place) };
  let ended = 0;
  const failures = new Uint8Array(8);
  for (const collectives of cluster.mount((link) => new Collectives(link)))
    collectives.allReduce(
      team,
      failures,
      () => {},
      () => ended++,
    );
  return run(cluster, () => ended);
}

/** The end of a program whose places are all quiet, and whose remote tasks have all been answered in an earlier wave. */
export function endOfProgram(places: number): Cost {
  const cluster = clusterOf(places);
  let ended = 0;
  for (const termination of cluster.mount((link) => new Termination(link, () => ended++))) {
    termination.enter(0);
    termination.quiet(0);
  }
  return run(cluster, () => ended);
}

/** The same while a task is on its way from each place to another one. The tasks are counted as well. */
export function endOfProgramWithTasks(places: number): Cost {
  const cluster = clusterOf(places);
  let ended = 0;
  const terminations = cluster.mount((link) => new Termination(link, () => ended++));
  const tasks = cluster.mount((link) => ({
    receive(_from: number, message: Uint8Array) {
      terminations[link.place]!.received(0, message[0]!);
      terminations[link.place]!.quiet(0);
    },
    send: () => link.send((link.place + 1) % places, Uint8Array.of(terminations[link.place]!.sent(0))),
  }));
  for (const termination of terminations) termination.enter(0);
  for (const task of tasks) task.send();
  for (const termination of terminations) termination.quiet(0);
  return run(cluster, () => ended);
}

interface Scope {
  readonly name: string;
  readonly measure: (places: number) => Cost;
  /** The most messages for each place, and the longest chain in trips from the leaves of the tree to its root. */
  readonly messages: number;
  readonly trips: number;
}

const SCOPES: readonly Scope[] = [
  { name: "finish.spmd", measure: endOfScope, messages: 2, trips: 2 },
  { name: "end of a program", measure: endOfProgram, messages: 2, trips: 2 },
  { name: "end of a program, with a task from each place", measure: endOfProgramWithTasks, messages: 5, trips: 5 },
];

export function finishes(): Row[] {
  return SCOPES.flatMap(({ name, measure, messages: most, trips }) =>
    PLACES.map((places): Row => {
      const { messages, bytes, depth } = measure(places);
      return {
        metric: `${name}, ${places} places`,
        value: messages,
        unit: "messages",
        goal: `<= ${most} P, depth <= ${trips} log2 P`,
        ok: messages <= most * places && depth <= trips * Math.ceil(Math.log2(places)),
        note: `${bytes} bytes, ${depth} messages deep`,
      };
    }),
  );
}
