/** Where a loop was called, as its tasks have it among their arguments. */
import type { CallSite } from "../tracing.ts";

/** No program has strings that begin so. */
const MARK = "\0called at ";

/** `place`: "file:line:column". */
export const siteOf = (place: string): CallSite => MARK + place;
export const placeOfCall = (site: CallSite): string => site.slice(MARK.length);

export const isSite = (argument: unknown): argument is CallSite => typeof argument === "string" && argument.startsWith(MARK);
