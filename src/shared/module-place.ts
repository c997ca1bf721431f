/** Where several places share a thread, each has modules of its own: the URL of a module says whose it is, and place 0 has the ordinary ones. */
const MARK = /[?&]heddle-place=(\d+)$/;

/** The URL as all places know it. */
export const plainUrl = (url: string): string => url.replace(MARK, "");

export const placeOfUrl = (url: string): number => Number(MARK.exec(url)?.[1] ?? 0);

/** The URL of the same module at another place. */
export function urlAt(url: string, place: number): string {
  const plain = plainUrl(url);
  return place === 0 ? plain : `${plain}${plain.includes("?") ? "&" : "?"}heddle-place=${place}`;
}

/** A text, such as a stack, without these marks. */
export const withoutPlaces = (text: string): string => text.replaceAll(/[?&]heddle-place=\d+/g, "");
