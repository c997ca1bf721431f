/** The MPI transport: mpirun -n 2 node mpi.ts ROUNDS */
import { connectMpi } from "../../src/net/mpi/transport.ts";
import { createMemory } from "../../src/shared/memory.ts";
import { line } from "./figures.ts";
import { MEMORY_BYTES, measure } from "./measure.ts";

const memory = createMemory(MEMORY_BYTES);
const transport = connectMpi({ memory, workers: 1 });
const figures = measure(transport, memory, Number(process.argv[2]));
if (transport.place === 0) console.log(line(figures));
await transport.close();
