import assert from "node:assert/strict";
import { test } from "node:test";
import { detectLaunch } from "./launcher.ts";

test("the launchers' environments", () => {
  const openMpi = { OMPI_COMM_WORLD_RANK: "2", OMPI_COMM_WORLD_SIZE: "4", PMIX_RANK: "2" };
  assert.deepEqual(detectLaunch(openMpi), { family: "openmpi", rank: 2, size: 4 });
  assert.deepEqual(detectLaunch({ PMI_RANK: "0", PMI_SIZE: "1" }), { family: "mpich", rank: 0, size: 1 });
  assert.deepEqual(detectLaunch({ PMIX_RANK: "7", SLURM_NTASKS: "8" }), { family: "openmpi", rank: 7, size: 8 });
  assert.equal(detectLaunch({}), undefined);
  assert.equal(detectLaunch({ SLURM_NTASKS: "8" }), undefined);
  assert.equal(detectLaunch({ PMI_RANK: "8", PMI_SIZE: "8" }), undefined);
});
