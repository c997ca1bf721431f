/** The same as peer.c through the binding alone, with MPI's blocking calls: mpirun -n 2 node binding.ts ROUNDS */
import { Arena, Mpi } from "../../src/net/mpi/binding.ts";
import { detectLaunch } from "../../src/net/mpi/launcher.ts";
import { openLibrary } from "../../src/net/mpi/library.ts";
import { type Figures, line, MEBIBYTE, roundsOf, WINDOW } from "./figures.ts";

const library = openLibrary(detectLaunch()?.family);
const mpi = new Mpi(library);
const { calls, world, byte, abi } = mpi;
const call = {
  send: library.func("int MPI_Send(uint64_t bytes, int count, H type, int to, int tag, H comm)"),
  recv: library.func("int MPI_Recv(uint64_t bytes, int count, H type, int from, int tag, H comm, uint64_t status)"),
  wait: library.func("int MPI_Wait(uint64_t request, uint64_t status)"),
  barrier: library.func("int MPI_Barrier(H comm)"),
  allReduce: library.func("int MPI_Allreduce(uint64_t mine, uint64_t sum, int count, H type, H operation, H comm)"),
  allGather: library.func("int MPI_Allgather(uint64_t mine, int n, H type, uint64_t all, int m, H of, H comm)"),
  broadcast: library.func("int MPI_Bcast(uint64_t bytes, int count, H type, int root, H comm)"),
};
const double = library.handle(abi.family === "openmpi" ? "ompi_mpi_double" : 0x4c00080b);
const sum = library.handle(abi.family === "openmpi" ? "ompi_mpi_op_sum" : 0x58000003);
mpi.integer("MPI_Init_thread", (provided) => calls.Init_thread(0, 0, 2, provided));
const rank = mpi.integer("MPI_Comm_rank", (it) => calls.Comm_rank(world, it));
const rounds = Number(process.argv[2]);
const { warm, mebibytes, sixteens, middle, long } = roundsOf(rounds);
const arena = new Arena(library, WINDOW * 16 * MEBIBYTE + 4096);
const bytes = arena.base + arena.take(WINDOW * 16 * MEBIBYTE);
const requests = arena.base + arena.take(WINDOW * 8);
const words = arena.base + arena.take(16);
arena.u8.fill(1);

/** Milliseconds for each of `count`, after some that do not count. */
function time(before: number, count: number, body: () => void): number {
  let began = 0;
  for (let i = -before; i < count; i++) {
    if (i === 0) began = performance.now();
    body();
  }
  return (performance.now() - began) / count;
}

const roundTrip = (length: number): number =>
  1000 *
  time(warm, rounds, () => {
    if (rank === 0) call.send(bytes, length, byte, 1, 0, world);
    call.recv(bytes, length, byte, 1 - rank, 0, world, abi.statusIgnore);
    if (rank === 1) call.send(bytes, length, byte, 0, 0, world);
  });

function bandwidth(length: number, count: number): number {
  const start = rank === 0 ? calls.Isend : calls.Irecv;
  const request = (k: number): number => requests + k * abi.handleBytes;
  let began = 0;
  for (let i = -WINDOW; i < count * WINDOW; i++) {
    const k = (i + WINDOW) % WINDOW;
    if (i >= 0) call.wait(request(k), abi.statusIgnore);
    if (i === 0) began = performance.now();
    start(bytes + k * length, length, byte, 1 - rank, k, world, request(k));
  }
  for (let k = 0; k < WINDOW; k++) call.wait(request(k), abi.statusIgnore);
  return (count * WINDOW * length) / (performance.now() - began) / 1e6;
}

const figures: Figures = {
  roundTrip8: roundTrip(8),
  roundTrip1024: roundTrip(1024),
  bandwidth1M: bandwidth(MEBIBYTE, mebibytes),
  bandwidth16M: bandwidth(16 * MEBIBYTE, sixteens),
  barrier: 1000 * time(warm, rounds, () => call.barrier(world)),
  allReduce: 1000 * time(warm, rounds, () => call.allReduce(words, words + 8, 1, double, sum, world)),
  allGather: 1000 * time(warm, rounds, () => call.allGather(words, 8, byte, bytes, 8, byte, world)),
  broadcast8: 1000 * time(warm, rounds, () => call.broadcast(bytes, 8, byte, 0, world)),
  broadcast64K: 1000 * time(middle, middle, () => call.broadcast(bytes, 65_536, byte, 0, world)),
  broadcast1M: 1000 * time(long, long, () => call.broadcast(bytes, MEBIBYTE, byte, 0, world)),
};
if (rank === 0) console.log(line(figures));
calls.Finalize();
