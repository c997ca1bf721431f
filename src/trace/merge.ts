/** The files that the places of one run have written, as one file or one trace: all times by the clock of place 0, from when the first of them began. */
import { closeSync, openSync, writeSync } from "node:fs";
import { TraceFileError } from "../errors.ts";
import { placeOfThread } from "./buffer.ts";
import { ChromeLines } from "./chrome.ts";
import { eventsIn, type Found } from "./decode.ts";
import { fileOf, type Parts, readParts, shifted, type TracedPlace, type TraceFile } from "./read.ts";

const FLUSH_CHARACTERS = 1 << 20;

/** Writes one file with all that lies in the files of single places. @throws TraceFileError `HEDDLE_TRACE_FILE` */
export function mergeTraces(files: readonly string[], into: string): Parts {
  const merged = join(files);
  const file = openSync(into, "w");
  let text = "[";
  let first = true;
  const lines = new ChromeLines((line) => {
    text += `${first ? "" : ","}\n${line}`;
    first = false;
    if (text.length < FLUSH_CHARACTERS) return;
    writeSync(file, text);
    text = "";
  });
  try {
    lines.begin({ ...merged.about });
    for (const { place, offsetNs, errorNs } of merged.places) lines.place(place, { offsetNs, errorNs });
    const ours = new Set(merged.places.map((it) => it.communication));
    for (const thread of [...merged.records.keys()].sort((a, b) => a - b)) lines.thread(thread, ours.has(thread));
    for (const { event, bytes, thread } of inOrder(merged)) {
      for (let at = 0; at < bytes.length; at += RECORD) lines.keep(thread, bytes.subarray(at, at + RECORD));
      lines.add(event);
    }
    lines.flush();
    if (merged.complete) lines.end({ lost: merged.lost ?? [], interrupted: merged.interrupted });
    writeSync(file, `${text}\n]\n`);
  } finally {
    closeSync(file);
  }
  return merged;
}

/** The events that all places have written. @throws TraceFileError `HEDDLE_TRACE_FILE` */
export const readPlaces = (files: readonly string[]): TraceFile => fileOf(join(files));

/** What all places have written. @throws TraceFileError `HEDDLE_TRACE_FILE` for files that are not of one run. */
export function join(files: readonly string[]): Parts {
  const parts = files.map((file) => readParts(file)).sort((a, b) => a.about.place - b.about.place);
  const [first] = parts;
  const reference = first!.about;
  for (const [i, { about }] of parts.entries()) {
    const why =
      about.places !== reference.places || about.program !== reference.program || about.job !== reference.job
        ? "are not of the same run"
        : i > 0 && about.place === parts[i - 1]!.about.place
          ? `are both of place ${about.place}`
          : undefined;
    if (why !== undefined) throw new TraceFileError(`${files.join(" and ")} ${why}.`);
  }
  const places = parts.flatMap((part) => part.places.map((it) => ({ ...it, ...clockOf(part, first!) })));
  // A place may have begun before place 0 did: no time is negative.
  const earliest = Math.min(0, ...places.map((it) => it.offsetNs));
  return {
    about: { ...reference, zero: reference.zero + earliest },
    records: new Map(parts.flatMap((it) => [...it.records])),
    places: places.map((it) => ({ ...it, offsetNs: it.offsetNs - earliest })),
    lost: parts.flatMap((it) => it.lost ?? []),
    complete: parts.every((it) => it.complete) && parts.length === reference.places,
    interrupted: parts.some((it) => it.interrupted),
  };
}

/** From the clock of a place to that of the first one: the same clock on one host, else as the places have measured when they met. */
function clockOf(part: Parts, first: Parts): Pick<TracedPlace, "offsetNs" | "errorNs"> {
  const apart = part.about.zero - first.about.zero;
  if (part === first || part.about.host === first.about.host) return { offsetNs: apart, errorNs: 0 };
  for (const place of part.places) {
    const bytes = part.records.get(place.communication);
    if (bytes === undefined) continue;
    for (const { event } of eventsIn(bytes, place.communication))
      if (event.kind === "clock") return { offsetNs: apart + event.offset, errorNs: event.error };
  }
  return { offsetNs: 0, errorNs: Number.POSITIVE_INFINITY };
}

const RECORD = 48;

interface Next extends Found {
  readonly thread: number;
}

/** The events of all threads, about in the order of their times, so that the two ends of an arrow are not far apart. */
function* inOrder({ records, places }: Parts): Generator<Next> {
  const offsets = new Map(places.map(({ place, offsetNs }) => [place, offsetNs]));
  const threads = [...records].map(([thread, bytes]) => {
    const events = eventsIn(bytes, thread);
    const offset = offsets.get(placeOfThread(thread)) ?? 0;
    let time = 0;
    const next = (): Next | undefined => {
      const found = events.next().value as Found | undefined;
      if (found === undefined) return undefined;
      const event = shifted(found.event, offset);
      if ("time" in event) time = event.time;
      return { event, bytes: found.bytes, thread };
    };
    return { next, head: next(), at: (): number => time };
  });
  for (;;) {
    let earliest: (typeof threads)[number] | undefined;
    for (const it of threads) if (it.head !== undefined && (earliest === undefined || it.at() < earliest.at())) earliest = it;
    if (earliest === undefined) return;
    yield earliest.head!;
    earliest.head = earliest.next();
  }
}
