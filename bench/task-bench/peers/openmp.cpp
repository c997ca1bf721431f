// Task Bench with OpenMP: a task for each point; its dependences are those of the output buffers, named by their first byte.
#include <omp.h>
#include "taskbench.hpp"
using namespace taskbench;

static void spawn(const Graph& g, long t, long p) {
  std::vector<char*> inputs;
  g.each_input(t, p, [&](long q) { inputs.push_back(g.output(t - 1, q)); });
  const size_t count = inputs.size();
  char** in = inputs.data();
  char* out = g.output(t, p);
  const Graph* graph = &g;
#pragma omp task depend(iterator(i = 0 : count), in : in[i][0]) depend(inout : out[0]) firstprivate(graph, t, p)
  execute(*graph, t, p);
}

int main(int argc, char** argv) {
  App app(argc, argv);
  omp_set_num_threads(app.workers);
  app.measure([&] {
    long steps = 0;
    for (const auto& g : app.graphs) steps = std::max(steps, g.steps);
#pragma omp parallel
#pragma omp single
    for (long t = 0; t < steps; t++) {
      for (const auto& g : app.graphs) {
        for (long p = g.offset_at(t); p < g.offset_at(t) + g.width_at(t); p++) spawn(g, t, p);
      }
    }
  });
}
