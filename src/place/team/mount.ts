/** Collective operations in the communication thread, for the threads of its place. */
import { questionName } from "../../sched/remote-wait.ts";
import type { Station } from "../../sched/station.ts";
import { bytesPerElement } from "../../shared/array-kinds.ts";
import type { WireReport } from "../../stuck/views.ts";
import type { Group } from "../group.ts";
import { Collectives, type Combine } from "../protocol/collectives.ts";
import { COMBINATIONS, combineInto } from "../protocol/combine.ts";
import { ONCE, type Team } from "../protocol/members.ts";
import { partsIn } from "../protocol/message.ts";
import { Teams } from "../protocol/teams.ts";
import { PURPOSES } from "../protocol/titles.ts";
import { ProtocolNumber } from "../records.ts";
import type { Desk } from "../requests.ts";
import { AskTopic } from "../topics.ts";
import { Answers } from "./answers.ts";
import { perform } from "./perform.ts";
import { OPERATIONS, readTeam, writeTeam } from "./requests.ts";

/** What whyStuck wants to know of collective operations. */
export interface TeamsLook {
  look(): Pick<WireReport, "open" | "calls">;
}

export function mountTeams(group: Group, desk: Desk, station: Station): TeamsLook {
  const answers = new Answers(station, group.collectives !== undefined);
  const calls = new Map<number, number>();
  const open = new Map<string, WireReport["open"][number]>();
  const called = ({ id: team, members }: Team, name: string, slot: number, id: number): string => {
    const call = team >= ONCE ? 0 : (calls.get(team) ?? 0);
    if (team < ONCE) calls.set(team, call + 1);
    const question = questionName(slot, id);
    open.set(question, { question, name, team, call, members });
    return question;
  };
  const collectives = group.mount(ProtocolNumber.COLLECTIVES, (link) => new Collectives(link, group.collectives, answers.room));
  const teams = new Teams(collectives, group.place, group.places);
  group.onLost((_place, error) => collectives.fail(error));
  desk.on(AskTopic.SPLIT, (body, reply, slot, id) => {
    const team = readTeam(body);
    const question = called(team, "split", slot, id);
    teams.split(team, body.i32(), body.f64(), (error, made) => {
      open.delete(question);
      if (error !== null) return reply.failed(error);
      reply.done((it) => {
        it.u8(made === null ? 0 : 1);
        if (made !== null) writeTeam(it, made!);
      });
    });
  });
  desk.on(AskTopic.COLLECTIVE, (body, reply, slot, id) => {
    const team = readTeam(body);
    const name = OPERATIONS[body.u32()]!;
    const purpose = PURPOSES[body.u32()];
    const question = called(team, purpose ?? name, slot, id);
    const root = body.u32();
    const kind = body.u32();
    const op = body.u32();
    const combination = COMBINATIONS[op]!;
    const parts = body.left === 0 ? null : partsIn(body.rest());
    const combine: Combine = (into, from) => combineInto(kind, combination, into, from);
    perform(
      collectives,
      team,
      { name, purpose },
      root,
      parts,
      { combine, elements: { likeness: (kind << 4) | op, bytes: bytesPerElement(kind) } },
      (error, result) => {
        open.delete(question);
        answers.give(reply, parts, error, result ?? null);
      },
    );
  });
  return { look: () => ({ open: [...open.values()], calls: [...calls] }) };
}
