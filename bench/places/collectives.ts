/**
 * heddle's collective operations, as the communication thread sees them, by messages alone and as they are over MPI, beside MPI's own nonblocking ones, polled in the same
 * loop: mpirun -n 4 node collectives.ts ROUNDS. The figures are in docs/decisions, "Collective operations of all places begin with an exchange of MPI's".
 */
import { Arena, Mpi } from "../../src/net/mpi/binding.ts";
import { detectLaunch } from "../../src/net/mpi/launcher.ts";
import { openLibrary } from "../../src/net/mpi/library.ts";
import { connectMpi } from "../../src/net/mpi/transport.ts";
import { Group } from "../../src/place/group.ts";
import { Collectives } from "../../src/place/protocol/collectives.ts";
import type { Team } from "../../src/place/protocol/members.ts";
import { ProtocolNumber } from "../../src/place/records.ts";
import { createMemory } from "../../src/shared/memory.ts";

const LARGE = 1 << 20;
const rounds = Number(process.argv[2] ?? 2000);
const memory = createMemory(1 << 28);
const UPPER = 1 << 27;
const transport = connectMpi({ memory, workers: 1 });
let block = 0;
/** Blocks in turn: there is a barrier behind each operation. */
const blocks = { alloc: () => (1 << 20) + (block++ % 60) * 2 * LARGE, free: () => {} };
const fail = (cause: unknown): never => {
  throw new Error("the transport does what this benchmark does not expect", { cause });
};
const group = new Group(transport, memory, blocks, { refused: (_from, error) => fail(error) });
/** Where long results come to lie: one at a time is looked at. */
const room = (lengths: readonly number[]): Uint8Array => memory.u8.subarray(UPPER, UPPER + lengths.reduce((a, b) => a + b, 0));
const OTHER = 99;
const messages = group.mount(OTHER, (link) => new Collectives(link));
const collectives = group.mount(ProtocolNumber.COLLECTIVES, (link) => new Collectives(link, group.collectives, room));
const team: Team = { id: 0, members: Array.from({ length: group.places }, (_, i) => i) };

const library = openLibrary(detectLaunch()?.family);
const mpi = new Mpi(library);
const comm = mpi.duplicate();
const { calls, byte, abi } = mpi;
const open = abi.family === "openmpi";
const own = {
  allReduce: library.func(
    "int MPI_Iallreduce(uint64_t mine, uint64_t sum, int count, H type, H operation, H comm, uint64_t request)",
  ),
  broadcast: library.func("int MPI_Ibcast(uint64_t bytes, int count, H type, int root, H comm, uint64_t request)"),
};
const long = library.handle(open ? "ompi_mpi_long" : 0x4c000807);
const max = library.handle(open ? "ompi_mpi_op_max" : 0x58000001);
const arena = new Arena(library, LARGE + 4096);
const bytes = arena.base + arena.take(LARGE);
const [request, flag, words] = [arena.take(8), arena.take(8), arena.take(16)];

type Begin = (ended: () => void) => void;

/** What MPI has begun ends when a later poll says so. */
let isDone: (() => boolean) | null = null;
let ended = (): void => {};
const ofMpi =
  (begin: () => number): Begin =>
  (then) => {
    mpi.check(begin(), "a collective operation");
    ended = then;
    isDone = () => {
      calls.Test(arena.base + request, arena.base + flag, abi.statusIgnore);
      return arena.i32[flag >> 2] !== 0;
    };
  };

/** One round of a communication thread: what has come, what is to go. */
function turn(): void {
  group.poll();
  group.flush();
  if (isDone?.()) {
    isDone = null;
    ended();
  }
}

function perform(begin: Begin): void {
  let running = true;
  begin(() => (running = false));
  while (running) turn();
}

const barrier: Begin = (then) => messages.barrier(team, then);

const together = ofMpi(() => calls.Ibarrier(comm, arena.base + request));

/** The middle one of so many, each with a barrier of MPI's behind it, until all have ended. */
function microseconds(count: number, begin: Begin): number {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    perform(begin);
    perform(together);
    times.push((performance.now() - began) * 1000);
  }
  return times.sort((a, b) => a - b)[count >> 1]!;
}

const small = new Uint8Array(8);
const combine = (): void => {};
const candidates: Record<string, readonly [messages: Begin, heddles: Begin, mpis: Begin]> = {
  barrier: [barrier, (then) => collectives.barrier(team, then), ofMpi(() => calls.Ibarrier(comm, arena.base + request))],
  "all-reduce, 8 B": [
    (then) => messages.allReduce(team, small, combine, then),
    (then) => collectives.allReduce(team, small, combine, then),
    ofMpi(() => own.allReduce(arena.base + words, arena.base + words + 8, 1, long, max, comm, arena.base + request)),
  ],
  ...Object.fromEntries(
    [8, 64 << 10, LARGE].map((size): [string, readonly [Begin, Begin, Begin]] => {
      const value = memory.u8.subarray(UPPER + 8 * LARGE, UPPER + 8 * LARGE + size);
      return [
        `broadcast, ${size} B`,
        [
          (then) => messages.broadcast(team, 0, group.place === 0 ? value : null, then),
          (then) => collectives.broadcast(team, 0, group.place === 0 ? value : null, then),
          ofMpi(() => own.broadcast(bytes, size, byte, 0, comm, arena.base + request)),
        ],
      ];
    }),
  ),
};

for (const [name, ways] of Object.entries(candidates)) {
  const count = name.includes(String(LARGE)) ? Math.ceil(rounds / 20) : rounds;
  for (const begin of ways) microseconds(Math.ceil(count / 5), begin);
  const found = ways.map((begin) => microseconds(count, begin).toFixed(1).padStart(8));
  if (group.place === 0)
    console.log(`${name.padEnd(20)} messages ${found[0]} us   heddle's ${found[1]} us   MPI's ${found[2]} us`);
}
perform(barrier);
for (let i = 0; i < 1000; i++) turn(); // the others may still need this place for the last one
await transport.close();
