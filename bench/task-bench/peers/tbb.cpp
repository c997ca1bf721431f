// Task Bench with oneTBB: a flow graph with a continue_node for each point, made anew for each run.
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <memory>
#include "taskbench.hpp"
using namespace taskbench;
using Node = tbb::flow::continue_node<tbb::flow::continue_msg>;

int main(int argc, char** argv) {
  App app(argc, argv);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, app.workers);
  app.measure([&] {
    tbb::flow::graph flow;
    std::vector<std::unique_ptr<Node>> nodes;
    std::vector<Node*> ready;
    for (const auto& g : app.graphs) {
      const size_t base = nodes.size();
      nodes.resize(base + g.steps * g.width);
      for (long t = 0; t < g.steps; t++) {
        for (long p = g.offset_at(t); p < g.offset_at(t) + g.width_at(t); p++) {
          auto& node = nodes[base + t * g.width + p];
          node = std::make_unique<Node>(flow, [&g, t, p](const tbb::flow::continue_msg&) { execute(g, t, p); });
          bool free = true;
          each_predecessor(g, t, p, [&](long s, long q) {
            free = false;
            tbb::flow::make_edge(*nodes[base + s * g.width + q], *node);
          });
          if (free) ready.push_back(node.get());
        }
      }
    }
    for (Node* node : ready) node->try_put(tbb::flow::continue_msg());
    flow.wait_for_all();
  });
}
