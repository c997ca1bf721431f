// Task Bench with MPI: each rank owns a block of columns and takes the steps one after the other, with nonblocking messages between.
#include <mpi.h>
#include "taskbench.hpp"
using namespace taskbench;

struct Columns {
  const Graph& g;
  int rank, ranks;
  long first, last;
  /** Outputs of this step and of the step before, by column; of other ranks, only what this one reads. */
  std::vector<std::vector<char>> now, before;

  Columns(const Graph& graph, int own, int all) : g(graph), rank(own), ranks(all), first(own * g.width / all), last((own + 1) * g.width / all - 1) {
    now.assign(g.width, std::vector<char>(g.stride));
    before = now;
  }

  int owner(long p) const {
    int r = static_cast<int>(p * ranks / g.width);
    while ((r + 1) * g.width / ranks - 1 < p) r++;
    while (r * g.width / ranks > p) r--;
    return r;
  }

  /** The columns of this rank that have a task in step t. */
  template <class F> void each_own(long t, F&& body) const {
    for (long p = std::max(first, g.offset_at(t)); p <= std::min(last, g.offset_at(t) + g.width_at(t) - 1); p++) body(p);
  }

  /** An output goes to each rank that reads it once, however many of its columns do. */
  void exchange(long t, std::vector<MPI_Request>& requests) {
    const int size = static_cast<int>(g.output_bytes);
    std::vector<bool> seen(g.width);
    each_own(t, [&](long p) {
      g.each_input(t, p, [&](long q) {
        if ((q >= first && q <= last) || seen[q]) return;
        seen[q] = true;
        requests.emplace_back();
        MPI_Irecv(before[q].data(), size, MPI_BYTE, owner(q), tag(q), MPI_COMM_WORLD, &requests.back());
      });
    });
    each_own(t - 1, [&](long q) {
      std::vector<bool> sent(ranks);
      g.each_reader(t - 1, q, [&](long p) {
        const int to = owner(p);
        if (to == rank || sent[to]) return;
        sent[to] = true;
        requests.emplace_back();
        MPI_Isend(before[q].data(), size, MPI_BYTE, to, tag(q), MPI_COMM_WORLD, &requests.back());
      });
    });
  }

  int tag(long column) const { return static_cast<int>(g.index * g.width + column); }

  void step(long t) {
    each_own(t, [&](long p) { execute(g, t, p, now[p].data(), [&](long q) { return before[q].data(); }); });
    std::swap(now, before);
  }
};

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  App app(argc, argv);
  if (rank == 0) app.display();
  double elapsed = 0;
  for (int round = 0; round < 2; round++) {
    MPI_Barrier(MPI_COMM_WORLD);
    const double begin = MPI_Wtime();
    std::vector<Columns> all;
    long steps = 0;
    for (const auto& g : app.graphs) all.emplace_back(g, rank, ranks), steps = std::max(steps, g.steps);
    std::vector<MPI_Request> requests;
    for (long t = 0; t < steps; t++) {
      requests.clear();
      for (auto& columns : all) if (t > 0 && t < columns.g.steps) columns.exchange(t, requests);
      MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
      for (auto& columns : all) if (t < columns.g.steps) columns.step(t);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    elapsed = MPI_Wtime() - begin;
  }
  if (rank == 0) app.report(elapsed);
  MPI_Finalize();
}
