/**
 * Notices the death of places on other hosts, by connections on which nothing is ever said: the system closes them when a process ends, however it
 * ends, and keeps them while it only stands still. Linux only; see ../README.md, "Who is dead".
 */
import { networkInterfaces } from "node:os";
import { Arena } from "./binding.ts";
import type { MpiLibrary } from "./library.ts";

const AF_INET = 2;
/** SOCK_STREAM, not blocking, closed in child processes. */
const STREAM = 0x1 | 0x800 | 0x80000;
const ACCEPTED = 0x800 | 0x80000;
const MSG_NOSIGNAL = 0x4000;
const [EINTR, EAGAIN, ECONNREFUSED, EINPROGRESS] = [4, 11, 111, 115];
const BACKLOG = 128;
/** [level, option, value]: a host that has not answered for about 70 seconds is gone. */
const KEEPALIVE = [
  [1, 9, 1],
  [6, 4, 10],
  [6, 5, 10],
  [6, 6, 6],
] as const;
export const TOKEN_BYTES = 16;
/** How long an address may take to answer, in milliseconds. */
const ANSWER_TIME = 3000;
/** So often nobody listens at any address of a place before it counts as gone. */
const REFUSALS = 3;
const DECLARATIONS = {
  socket: "int socket(int domain, int type, int protocol)",
  bind: "int bind(int fd, uint64_t address, uint32_t length)",
  listen: "int listen(int fd, int backlog)",
  getsockname: "int getsockname(int fd, uint64_t address, uint64_t length)",
  accept4: "int accept4(int fd, uint64_t address, uint64_t length, int flags)",
  connect: "int connect(int fd, uint64_t address, uint32_t length)",
  setsockopt: "int setsockopt(int fd, int level, int option, uint64_t value, uint32_t length)",
  send: "int64_t send(int fd, uint64_t bytes, uint64_t length, int flags)",
  recv: "int64_t recv(int fd, uint64_t bytes, uint64_t length, int flags)",
  close: "int close(int fd)",
} as const;

/** Where a place listens. */
export interface Contact {
  /** IPv4 addresses, of which another host may reach some, or reach another host by them. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** What it says to whoever connects, so that nobody takes another process for it. */
  readonly token: string;
}

interface Line {
  readonly place: number;
  readonly contact: Contact;
  fd: number;
  /** The address that is tried, and since when. */
  attempt: number;
  since: number;
  /** What has come of the token. */
  heard: string;
  /** How many addresses in a row had nobody listening. */
  refusals: number;
}

export class Lifelines {
  readonly contact: Contact;
  readonly #calls: { readonly [name in keyof typeof DECLARATIONS]: (...args: number[]) => number };
  readonly #errno: () => number;
  readonly #arena: Arena;
  readonly #address: number;
  readonly #bytes: number;
  readonly #listener: number;
  readonly #lines: Line[] = [];
  /** Ends of connections of others to this place: they are only held. */
  readonly #held: number[] = [];
  #reliable = false;

  constructor(library: Pick<MpiLibrary, "koffi">) {
    const system = library.koffi.load(null);
    const entries = Object.entries(DECLARATIONS).map(([name, text]) => [name, system.func(text)]);
    this.#calls = Object.fromEntries(entries);
    this.#errno = () => library.koffi.errno();
    this.#arena = new Arena(library, 256);
    this.#address = this.#arena.take(16);
    this.#bytes = this.#arena.take(TOKEN_BYTES);
    this.#listener = this.#calls.socket(AF_INET, STREAM, 0);
    this.#write("0.0.0.0", 0);
    this.#calls.bind(this.#listener, this.#at(this.#address), 16);
    this.#calls.listen(this.#listener, BACKLOG);
    const length = this.#arena.take(4);
    this.#arena.i32[length >> 2] = 16;
    this.#calls.getsockname(this.#listener, this.#at(this.#address), this.#at(length));
    const port = this.#arena.u8[this.#address + 2]! * 256 + this.#arena.u8[this.#address + 3]!;
    this.contact = { addresses: ownAddresses(), port, token: crypto.randomUUID().replaceAll("-", "").slice(0, TOKEN_BYTES) };
  }

  /** These places are watched from now on, and no others. */
  watch(places: ReadonlyMap<number, Contact>): void {
    for (const line of this.#lines.filter(({ place }) => !places.has(place))) this.#drop(line);
    for (const [place, contact] of places) {
      if (this.#lines.some((it) => it.place === place) || contact.addresses.length === 0) continue;
      const line = { place, contact, fd: -1, attempt: -1, since: 0, heard: "", refusals: 0 };
      this.#lines.push(line);
      this.#connect(line);
    }
  }

  /** Whether every line of this place has proved to lead where it should. */
  get isProved(): boolean {
    return this.#lines.every(({ heard, contact }) => heard === contact.token);
  }

  /** From now on a place where nobody listens is gone: the places are known to reach each other. */
  trust(): void {
    this.#reliable = true;
  }

  /** The places whose process or host has gone since the last look. */
  look(): number[] {
    this.#accept();
    const gone = this.#lines.filter((line) => this.#isGone(line));
    for (const line of gone) this.#drop(line);
    return gone.map(({ place }) => place);
  }

  close(): void {
    for (const line of [...this.#lines]) this.#drop(line);
    for (const fd of [this.#listener, ...this.#held]) this.#calls.close(fd);
  }

  #accept(): void {
    for (;;) {
      const fd = this.#calls.accept4(this.#listener, 0, 0, ACCEPTED);
      if (fd < 0) return;
      this.#arena.u8.set(new TextEncoder().encode(this.contact.token), this.#bytes);
      this.#calls.send(fd, this.#at(this.#bytes), TOKEN_BYTES, MSG_NOSIGNAL);
      this.#held.push(fd);
    }
  }

  /** Only a connection that has proved to lead to the place can show its end. */
  #isGone(line: Line): boolean {
    if (line.fd < 0) this.#connect(line);
    if (line.fd < 0) return false;
    const isProved = line.heard === line.contact.token;
    const count = this.#calls.recv(line.fd, this.#at(this.#bytes), TOKEN_BYTES - (isProved ? 0 : line.heard.length), 0);
    const errno = count < 0 ? this.#errno() : 0;
    const isQuiet = errno === EAGAIN || errno === EINTR;
    if (isProved) return !isQuiet && count <= 0;
    if (isQuiet && performance.now() - line.since <= ANSWER_TIME) return false;
    if (count > 0) line.heard += String.fromCharCode(...this.#arena.u8.subarray(this.#bytes, this.#bytes + count));
    if (count > 0 && line.contact.token.startsWith(line.heard)) return false;
    line.refusals = errno === ECONNREFUSED ? line.refusals + 1 : 0;
    if (this.#reliable && line.refusals >= REFUSALS * line.contact.addresses.length) return true;
    this.#connect(line);
    return false;
  }

  /** Tries the next address. */
  #connect(line: Line): void {
    if (line.fd >= 0) this.#calls.close(line.fd);
    const { addresses, port } = line.contact;
    line.attempt = (line.attempt + 1) % addresses.length;
    line.since = performance.now();
    line.heard = "";
    line.fd = this.#calls.socket(AF_INET, STREAM, 0);
    if (line.fd < 0) return;
    for (const [level, option, value] of KEEPALIVE) {
      this.#arena.i32[this.#bytes >> 2] = value;
      this.#calls.setsockopt(line.fd, level, option, this.#at(this.#bytes), 4);
    }
    this.#write(addresses[line.attempt]!, port);
    if (this.#calls.connect(line.fd, this.#at(this.#address), 16) === 0 || this.#errno() === EINPROGRESS) return;
    this.#calls.close(line.fd);
    line.fd = -1;
  }

  #drop(line: Line): void {
    if (line.fd >= 0) this.#calls.close(line.fd);
    this.#lines.splice(this.#lines.indexOf(line), 1);
  }

  #at(offset: number): number {
    return this.#arena.base + offset;
  }

  /** A sockaddr_in. */
  #write(address: string, port: number): void {
    this.#arena.u8.set(
      [AF_INET, 0, port >> 8, port & 255, ...address.split(".").map(Number), 0, 0, 0, 0, 0, 0, 0, 0],
      this.#address,
    );
  }
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((it) => it ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}
