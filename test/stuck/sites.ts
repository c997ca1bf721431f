// Imported before the tasks: they record where they are spawned.
process.env.HEDDLE_SPAWN_SITES = "1";
