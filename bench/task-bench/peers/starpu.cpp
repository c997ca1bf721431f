// Task Bench with StarPU: a task for each point; StarPU finds the dependences from the data that the tasks read and write.
#include <starpu.h>
#include "taskbench.hpp"
using namespace taskbench;

struct Point {
  const Graph* graph;
  long t, p;
};

static void run(void*[], void* argument) {
  const auto* point = static_cast<Point*>(argument);
  execute(*point->graph, point->t, point->p);
}

int main(int argc, char** argv) {
  App app(argc, argv);
  setenv("STARPU_SILENT", "1", 0);
  setenv("STARPU_NCUDA", "0", 1);
  setenv("STARPU_NOPENCL", "0", 1);
  starpu_conf conf;
  starpu_conf_init(&conf);
  conf.ncpus = app.workers;
  if (starpu_init(&conf) != 0) fail("StarPU has no workers");

  starpu_codelet codelet;
  starpu_codelet_init(&codelet);
  codelet.cpu_funcs[0] = run;
  codelet.nbuffers = STARPU_VARIABLE_NBUFFERS;

  std::vector<std::vector<starpu_data_handle_t>> handles;
  for (const auto& g : app.graphs) {
    auto& all = handles.emplace_back(g.fields * g.width);
    for (size_t i = 0; i < all.size(); i++) {
      starpu_variable_data_register(&all[i], STARPU_MAIN_RAM, reinterpret_cast<uintptr_t>(g.outputs + i * g.stride), g.output_bytes);
    }
  }
  app.measure([&] {
    std::vector<std::vector<Point>> points;
    long steps = 0;
    for (const auto& g : app.graphs) points.emplace_back(g.steps * g.width), steps = std::max(steps, g.steps);
    for (long t = 0; t < steps; t++) {
      for (size_t i = 0; i < app.graphs.size(); i++) {
        const auto& g = app.graphs[i];
        for (long p = g.offset_at(t); p < g.offset_at(t) + g.width_at(t); p++) {
          Point& point = points[i][t * g.width + p] = {&g, t, p};
          std::vector<starpu_data_descr> data;
          g.each_input(t, p, [&](long q) { data.push_back({handles[i][((t - 1) % g.fields) * g.width + q], STARPU_R}); });
          data.push_back({handles[i][(t % g.fields) * g.width + p], STARPU_W});
          if (starpu_task_insert(&codelet, STARPU_DATA_MODE_ARRAY, data.data(), static_cast<int>(data.size()), STARPU_CL_ARGS_NFREE,
                                 &point, sizeof(Point), 0) != 0) fail("StarPU took no task");
        }
      }
    }
    starpu_task_wait_for_all();
  });
  for (auto& all : handles) for (auto& handle : all) starpu_data_unregister(handle);
  starpu_shutdown();
}
