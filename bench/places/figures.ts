/** What is measured; for round trips and collectives in microseconds, for bandwidths in GB/s, for records in millions a second. */
export const FIGURES = [
  "roundTrip8",
  "roundTrip1024",
  "bandwidth1M",
  "bandwidth16M",
  "barrier",
  "allReduce",
  "allGather",
  "broadcast8",
  "broadcast64K",
  "broadcast1M",
  "records8",
  "spawn",
  "copy1M",
  "copy16M",
  "puts8",
  "updates8",
] as const;

export const COLLECTIVES = ["barrier", "allReduce", "allGather", "broadcast8", "broadcast64K", "broadcast1M"] as const;

export type Figures = Partial<Record<(typeof FIGURES)[number], number>>;

/** How many messages a bandwidth has under way. */
export const WINDOW = 4;
export const MEBIBYTE = 1 << 20;

/** How often things are done, from the number of round trips, as in peer.c. */
export const roundsOf = (rounds: number) => ({
  warm: Math.floor(rounds / 10),
  /** Collective operations of 64 KiB, and of 1 MiB. */
  middle: Math.floor(rounds / 10) + 1,
  long: Math.floor(rounds / 50) + 1,
  mebibytes: Math.floor(rounds / 50) + 1,
  sixteens: Math.floor(rounds / 800) + 1,
  records: rounds * 50,
});

export const line = (figures: Figures): string => `@figures ${Object.entries(figures).flat().join(" ")}`;

export function parse(output: string): Figures {
  const found = /^@figures (.*)$/m.exec(output);
  if (found === null) throw new Error(`a peer printed no figures:\n${output}`);
  const words = found[1]!.split(" ");
  return Object.fromEntries(words.flatMap((name, i) => (i % 2 === 0 ? [[name, Number(words[i + 1])]] : [])));
}
