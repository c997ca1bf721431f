/**
 * Asking other places who waits for what. The main thread of the place that wants to know asks its communication thread once for each other place; that
 * sends EXPLAIN (see explain.ts), the communication thread there passes it to its main thread, which answers the same way back. See README.md, "Who waits for what".
 */
import type { Writer } from "../net/wire.ts";
import type { Future } from "../sched/core.ts";
import { whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { Control } from "../shared/layout.ts";
import type { PlaceView, WireReport } from "../stuck/views.ts";
import { explainPlacesWith, viewOf } from "../stuck/why-stuck.ts";
import type { Runtime } from "../task/runtime.ts";
import { ask } from "./requests.ts";
import { AskTopic } from "./topics.ts";

/** What is asked: for a PlaceView, or for how long (ms) nothing has begun or ended there. */
export const Explain = { VIEW: 0, STALLED: 1 } as const;

/** How long (ms) a place may take. */
const LIMIT_MS = 3000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How long (ms) nothing has begun or ended at this place; of nobody who watches, for ever. */
let stalledHere: () => number = () => Number.MAX_SAFE_INTEGER;
let beforeView: () => () => void = () => () => {};

/** Who watches this place for standstills: is asked for how long one has lasted, and told before and after workers are woken to be asked. */
export function watchStandstill(stalled: () => number, pause: () => () => void): void {
  stalledHere = stalled;
  beforeView = pause;
}

async function askPlaces<T>({ client }: Runtime, what: number): Promise<(T | null)[]> {
  const { station } = client!;
  const { i32 } = station.mem;
  const places = i32[Control.OTHER_PLACES]! + 1;
  const answers = Array.from({ length: places }, (_, place) =>
    place === i32[Control.PLACE]! ? null : askPlace<T>(station, place, what),
  );
  return Promise.all(answers);
}

function askPlace<T>(station: Station, place: number, what: number): Promise<T | null> {
  const answer = ask(
    station,
    AskTopic.EXPLAIN,
    "explain",
    (body) => body.u32(place).u8(what),
    (it) => JSON.parse(decoder.decode(it.rest())) as T,
  );
  return inTime(answer);
}

/** Null when it fails, or takes too long. Nobody is said to wait for it. */
function inTime<T>(answer: Future<T>): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), LIMIT_MS);
    const end = (value: T | null): void => {
      clearTimeout(timer);
      resolve(value);
    };
    whenSettled(answer as Future<unknown>, ({ state, a0 }) => end(state === State.DONE ? (a0 as T) : null));
  });
}

explainPlacesWith({
  wire: ({ client }) =>
    inTime(
      ask(
        client!.station,
        AskTopic.WIRE,
        "explain",
        () => {},
        (it) => JSON.parse(decoder.decode(it.rest())) as WireReport,
      ),
    ),
  views: async (runtime) => (await askPlaces<PlaceView>(runtime, Explain.VIEW)).filter((it) => it !== null),
});

/** For how long (ms) nothing has begun or ended anywhere. Places that do not answer count as if they stood still. */
export async function stalledEverywhere(runtime: Runtime): Promise<number> {
  const others = await askPlaces<number>(runtime, Explain.STALLED);
  return Math.min(stalledHere(), ...others.filter((it) => it !== null));
}

/** Another place asks: called in the main thread. */
export async function answerExplain(runtime: Runtime, detail: number): Promise<void> {
  const what = detail & 1;
  const afterView = what === Explain.VIEW ? beforeView() : () => {};
  const answer = what === Explain.STALLED ? stalledHere() : await viewOf(runtime);
  afterView();
  const text = encoder.encode(JSON.stringify(answer));
  await ask(
    runtime.client!.station,
    AskTopic.EXPLAINED,
    "explain",
    (body: Writer) => body.u32(detail >>> 1).raw(text),
    () => {},
  );
}
