/** One task: checks every byte of its inputs, writes its output, runs the kernel. */
import { runKernel, scratchIsWhole } from "./kernels.ts";
import { graphHere, type LocalGraph } from "./plan.ts";

/** A task found something that cannot be. The message begins with the task's coordinates. */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
}

export function execute(index: number, step: number, point: number): void {
  const here = graphHere(index);
  const { graph, words, stride, corruption, scratch } = here;
  const { parameters, width } = graph;
  const { fields, outputBytes, scratchBytes } = parameters;
  if (!graph.has(step, point)) throw fault(here, step, point, "is not in the graph");
  if (step > 0) {
    const first = graph.offsetAt(step - 1);
    const last = first + graph.widthAt(step - 1) - 1;
    const row = ((step - 1) % fields) * width;
    const intervals = graph.dependencies(graph.setAt(step), point);
    for (let i = 0; i < intervals.length; i++) {
      const from = Math.max(intervals[i]![0], first);
      const to = Math.min(intervals[i]![1], last);
      for (let input = from; input <= to; input++) {
        const at = (row + input) * stride;
        if (!holds(words, at, outputBytes, step - 1, input)) throw wrongInput(here, step, point, input);
      }
    }
  }
  if (scratchBytes > 0 && !scratchIsWhole(scratch)) throw fault(here, step, point, "found its scratch memory overwritten");
  fill(words, ((step % fields) * width + point) * stride, stride, step, point);
  if (corruption !== null && corruption.step === step && corruption.point === point) spoil(here, step, point);
  runKernel(parameters, step, point, here.compute, scratch.byteOffset);
}

/** Pairs of 64-bit integers, step and point, as far as they reach. */
function fill(words: Int32Array, at: number, stride: number, step: number, point: number): void {
  for (let i = at, end = at + stride; i < end; i += 4) {
    words[i] = step;
    words[i + 1] = 0;
    words[i + 2] = point;
    words[i + 3] = 0;
  }
}

/** Whether all bytes are those that `fill` writes. A last pair that is cut off is compared as far as whole pairs go, as in the reference. */
function holds(words: Int32Array, at: number, bytes: number, step: number, point: number): boolean {
  let wrong = 0;
  for (let i = at, end = at + (bytes >> 4) * 4; i < end; i += 4) {
    wrong |= (words[i]! ^ step) | words[i + 1]! | (words[i + 2]! ^ point) | words[i + 3]!;
  }
  return wrong === 0;
}

function spoil({ bytes, graph, stride, corruption }: LocalGraph, step: number, point: number): void {
  const { fields } = graph.parameters;
  const at = ((step % fields) * graph.width + point) * stride * 4 + corruption!.byte;
  bytes[at] = bytes[at]! ^ 0x10;
}

function wrongInput(here: LocalGraph, step: number, point: number, input: number): ValidationError {
  const { words, stride, graph } = here;
  const { fields, outputBytes } = graph.parameters;
  const at = (((step - 1) % fields) * graph.width + input) * stride;
  for (let pair = 0; pair < outputBytes >> 4; pair++) {
    const word = at + pair * 4;
    const [foundStep, foundPoint] = [int64(words, word), int64(words, word + 2)];
    if (foundStep === BigInt(step - 1) && foundPoint === BigInt(input)) continue;
    return fault(
      here,
      step,
      point,
      `got a wrong input from (${step - 1}, ${input}): the 16 bytes at ${pair * 16} of ${outputBytes} say (${foundStep}, ${foundPoint})`,
    );
  }
  return fault(here, step, point, `saw the input from (${step - 1}, ${input}) change while it ran`);
}

const int64 = (words: Int32Array, at: number): bigint => (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]! >>> 0);

const fault = ({ graph }: LocalGraph, step: number, point: number, what: string): ValidationError =>
  new ValidationError(`Graph ${graph.index + 1}, timestep ${step}, point ${point} ${what}`);
