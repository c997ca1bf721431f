// What the C++ peers of Task Bench have in common: command line, patterns, kernels, validation, report lines. Each peer only says how
// its runtime runs the tasks of the graphs.
#pragma once
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace taskbench {

using Interval = std::pair<long, long>;

[[noreturn]] inline void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::fflush(stdout);
  std::_Exit(1);
}

// ---- random numbers: SipHash-2-4 with the key 1, 2, ..., 15, 0 ----------------------------------------------------------

inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

inline double uniform(std::initializer_list<int64_t> values) {
  const uint64_t key0 = 0x0807060504030201u, key1 = 0x000f0e0d0c0b0a09u;
  uint64_t a = key0 ^ 0x736f6d6570736575u, b = key1 ^ 0x646f72616e646f6du, c = key0 ^ 0x6c7967656e657261u, d = key1 ^ 0x7465646279746573u;
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; i++) {
      a += b, b = rotate(b, 13) ^ a, a = rotate(a, 32);
      c += d, d = rotate(d, 16) ^ c;
      a += d, d = rotate(d, 21) ^ a;
      c += b, b = rotate(b, 17) ^ c, c = rotate(c, 32);
    }
  };
  const auto compress = [&](uint64_t word) { d ^= word, rounds(2), a ^= word; };
  for (int64_t value : values) compress(static_cast<uint64_t>(value));
  compress(static_cast<uint64_t>(values.size() * 8) << 56);
  c ^= 0xff, rounds(4);
  return static_cast<double>(a ^ b ^ c ^ d) / 18446744073709551616.0;
}

// ---- a graph ----------------------------------------------------------------------------------------------------------

enum class Pattern { trivial, no_comm, stencil_1d, stencil_1d_periodic, dom, tree, fft, all_to_all, nearest, spread, random_nearest };
inline const std::vector<std::string> pattern_names = {"trivial", "no_comm", "stencil_1d", "stencil_1d_periodic", "dom", "tree",
                                                       "fft", "all_to_all", "nearest", "spread", "random_nearest"};
enum class Kernel { empty, busy_wait, memory_bound, compute_bound, compute_bound2, load_imbalance, memory_daxpy, compute_dgemm };
inline const std::vector<std::string> kernel_names = {"empty", "busy_wait", "memory_bound", "compute_bound",
                                                      "compute_bound2", "load_imbalance", "memory_daxpy", "compute_dgemm"};

struct Graph {
  long index = 0, steps = 4, width = 4, radix = 3, period = -1, iterations = 0, samples = 16, fields = 0;
  double fraction = 0.25, imbalance = 0;
  size_t output_bytes = 16, scratch_bytes = 0;
  Pattern pattern = Pattern::trivial;
  Kernel kernel = Kernel::empty;

  size_t stride = 0;
  char* outputs = nullptr;
  std::vector<std::vector<Interval>> deps, users;

  bool uses_period() const { return pattern == Pattern::spread || pattern == Pattern::random_nearest; }

  long sets() const {
    if (pattern == Pattern::fft) return static_cast<long>(std::ceil(std::log2(width)));
    return uses_period() ? period : 1;
  }

  long set_at(long t) const {
    if (pattern == Pattern::fft) return (t + sets() - 1) % sets();
    return uses_period() ? t % period : 0;
  }

  long offset_at(long t) const { return t >= 0 && t < steps && pattern == Pattern::dom ? std::max(0l, t + width - steps) : 0; }

  long width_at(long t) const {
    if (t < 0 || t >= steps) return 0;
    if (pattern == Pattern::dom) return std::min(width, std::min(t + 1, steps - t));
    if (pattern == Pattern::tree) return std::min(width, 1l << std::min(t, 62l));
    return width;
  }

  bool has(long t, long p) const { return p >= offset_at(t) && p < offset_at(t) + width_at(t); }

  char* output(long t, long p) const { return outputs + ((t % fields) * width + p) * stride; }

  static std::vector<Interval> window(long first, long last, long width) { return {{std::max(0l, first), std::min(last, width - 1)}}; }

  bool connected(long set, long from, long to) const {
    return uniform({index, radix, set, from, to}) < fraction || (radix > 0 && from == to);
  }

  std::vector<Interval> columns(long set, long p, bool reverse) const {
    const long left = reverse ? (radix - 1) / 2 : radix / 2, right = reverse ? radix / 2 : (radix - 1) / 2;
    switch (pattern) {
      case Pattern::trivial: return {};
      case Pattern::no_comm: return {{p, p}};
      case Pattern::stencil_1d: return window(p - 1, p + 1, width);
      case Pattern::stencil_1d_periodic: {
        auto result = window(p - 1, p + 1, width);
        if (p == 0) result.push_back({width - 1, width - 1});
        if (p == width - 1) result.push_back({0, 0});
        return result;
      }
      case Pattern::dom: return reverse ? window(p, p + 1, width) : window(p - 1, p, width);
      case Pattern::tree:
        if (!reverse) return {{p / 2, p / 2}};
        return 2 * p < width ? window(2 * p, 2 * p + 1, width) : std::vector<Interval>{};
      case Pattern::fft: {
        std::vector<Interval> result;
        for (long column : {p - (1l << set), p, p + (1l << set)}) {
          if (column >= 0 && column < width) result.push_back({column, column});
        }
        return result;
      }
      case Pattern::all_to_all: return {{0, width - 1}};
      case Pattern::nearest: return radix > 0 ? window(p - left, p + right, width) : std::vector<Interval>{};
      case Pattern::spread: {
        std::vector<Interval> result;
        for (long i = 0; i < radix; i++) {
          const long distance = i * width / radix + (i > 0 ? set : 0);
          const long column = (((reverse ? p - distance : p + distance) % width) + width) % width;
          result.push_back({column, column});
        }
        return result;
      }
      case Pattern::random_nearest: {
        std::vector<Interval> result;
        if (radix == 0) return result;
        for (long i = std::max(0l, p - left); i <= std::min(p + right, width - 1); i++) {
          if (!(reverse ? connected(set, p, i) : connected(set, i, p))) continue;
          if (!result.empty() && result.back().second == i - 1) result.back().second = i;
          else result.push_back({i, i});
        }
        return result;
      }
    }
    return {};
  }

  template <class F> void clipped(const std::vector<Interval>& intervals, long t, F&& body) const {
    const long first = offset_at(t), last = first + width_at(t) - 1;
    for (const auto& [a, b] : intervals) for (long p = std::max(a, first); p <= std::min(b, last); p++) body(p);
  }

  /** Calls `body(column)` for every column of step t - 1 whose output the task reads. */
  template <class F> void each_input(long t, long p, F&& body) const { clipped(deps[set_at(t) * width + p], t - 1, body); }

  /** Calls `body(column)` for every column of step t + 1 that reads this output. */
  template <class F> void each_reader(long t, long p, F&& body) const {
    if (t + 1 < steps) clipped(users[set_at(t + 1) * width + p], t + 1, body);
  }

  void prepare() {
    if (period < 0) period = uses_period() ? 3 : 0;
    if (fields == 0) fields = steps;
    if (steps < 1 || width < 1) fail("-steps and -width must be at least 1");
    if (pattern == Pattern::fft && width == 1) fail("-type fft needs -width 2 or more");
    if (fields < 2 && steps > 1) fail("-field must be 2 or more");
    if (moves_bytes() && scratch_bytes < 64 * static_cast<size_t>(samples)) fail("-scratch must be 64 bytes or more for each sample");
    if (kernel == Kernel::compute_dgemm && scratch_bytes < 24) fail("-scratch must be 24 bytes or more");
    for (long set = 0; set < sets(); set++) {
      for (long p = 0; p < width; p++) deps.push_back(columns(set, p, false)), users.push_back(columns(set, p, true));
    }
    stride = (output_bytes + 15) & ~size_t{15};
    outputs = static_cast<char*>(std::calloc(fields * width, stride));
  }

  long uneven(long t, long p) const {
    return std::lround((1 + (uniform({index, t, p}) - 0.5) * imbalance) * static_cast<double>(iterations));
  }

  /** Side of the three matrices of compute_dgemm. */
  long side() const { return static_cast<long>(std::sqrt(static_cast<double>(scratch_bytes) / 24)); }

  bool moves_bytes() const { return kernel == Kernel::memory_bound || kernel == Kernel::memory_daxpy; }

  long long flops(long t, long p) const {
    if (kernel == Kernel::compute_bound) return 2 * 64 * iterations + 64;
    if (kernel == Kernel::compute_bound2) return 2 * 32 * iterations;
    if (kernel == Kernel::compute_dgemm) return 2LL * side() * side() * side() * iterations;
    return kernel == Kernel::load_imbalance ? 2 * 64 * uneven(t, p) + 64 : 0;
  }

  long long bytes() const { return moves_bytes() ? static_cast<long long>(scratch_bytes) * iterations / samples : 0; }
};

// ---- kernels ------------------------------------------------------------------------------------------------------------

typedef double Vector __attribute__((vector_size(32)));

inline double compute_bound(long iterations) {
  Vector a[16];
  for (int i = 0; i < 16; i++) a[i] = Vector{1, 2, 3, 4};
  for (long n = 0; n < iterations; n++) {
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) a[i] = a[i] * a[i] + a[i];
  }
  double product = 1;
  for (int i = 0; i < 16; i++) for (int j = 0; j < 4; j++) product *= a[i][j];
  return product;
}

inline double compute_bound2(long iterations) {
  Vector c[8] = {}, a = {1.2345, 1.2345, 1.2345, 1.2345};
  for (long n = 0; n < iterations; n++) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) c[i] = c[i] + a * c[i];
  }
  double sum = 0;
  for (int i = 0; i < 8; i++) for (int j = 0; j < 4; j++) sum += c[i][j];
  return sum;
}

inline double busy_wait(long iterations) {
  long acc = 113;
  for (long i = 0; i < iterations; i++) acc = acc * 139 % 2147483647;
  return static_cast<double>(acc);
}

/** Calls `body(first, count)` for the slices of scratch memory that a task uses, in runs of neighbours. */
template <class F> void each_run(const Graph& g, long t, F&& body) {
  long at = t * g.iterations % g.samples;
  for (long left = g.iterations; left > 0; at = 0) {
    const long count = std::min(left, g.samples - at);
    body(at, count);
    left -= count;
  }
}

/** y = y + x / 1024 for the `count` doubles at `from`, and those behind them. */
inline void daxpy(double* from, size_t count) {
  for (size_t i = 0; i < count; i++) from[count + i] += from[i] / 1024;
}

/** C = A B, for three matrices of n by n doubles one behind the other. */
inline void dgemm(double* a, long n) {
  double *b = a + n * n, *c = b + n * n;
  for (long i = 0; i < n; i++) {
    std::fill(c + i * n, c + (i + 1) * n, 0.0);
    for (long k = 0; k < n; k++) {
      const double scalar = a[i * n + k];
#pragma GCC ivdep
      for (long j = 0; j < n; j++) c[i * n + j] += scalar * b[k * n + j];
    }
  }
}

constexpr uint64_t magic = 0x5c4a7c8b;

struct Scratch {
  char* data = nullptr;
  size_t bytes = 0;
  char* of(size_t wanted) {
    if (wanted <= bytes) return data;
    std::free(data);
    data = static_cast<char*>(std::aligned_alloc(64, (wanted + 63) & ~size_t{63}));
    bytes = wanted;
    std::fill_n(reinterpret_cast<double*>(data), wanted / 8, 1.0 / 1024);  // ordinary numbers, for the kernels that compute
    std::memcpy(data, &magic, 8);
    return data;
  }
};

inline thread_local Scratch scratch_here;
inline thread_local volatile double sink;

inline void run_kernel(const Graph& g, long t, long p, char* scratch) {
  switch (g.kernel) {
    case Kernel::empty: return;
    case Kernel::busy_wait: sink = busy_wait(g.iterations); return;
    case Kernel::compute_bound: sink = compute_bound(g.iterations); return;
    case Kernel::compute_bound2: sink = compute_bound2(g.iterations); return;
    case Kernel::load_imbalance: sink = compute_bound(g.uneven(t, p)); return;
    case Kernel::memory_bound:
      return each_run(g, t, [&](long at, long count) {
        const size_t slice = g.scratch_bytes / g.samples, half = (count * slice / 2) & ~size_t{31};
        std::memcpy(scratch + at * slice + half, scratch + at * slice, half);
      });
    case Kernel::memory_daxpy:
      return each_run(g, t, [&](long at, long count) {
        const size_t slice = (g.scratch_bytes / g.samples) & ~size_t{15};
        for (long i = at; i < at + count; i++) daxpy(reinterpret_cast<double*>(scratch + i * slice), slice / 16);
      });
    case Kernel::compute_dgemm:
      for (long i = 0; i < g.iterations; i++) dgemm(reinterpret_cast<double*>(scratch), g.side());
      return;
  }
}

// ---- one task -------------------------------------------------------------------------------------------------------------

/** Checks every input, writes the output, runs the kernel. `input(column)` gives the bytes that came from that column. */
template <class Input> void execute(const Graph& g, long t, long p, char* output, Input&& input) {
  const auto where = [&] {
    return "Graph " + std::to_string(g.index + 1) + ", timestep " + std::to_string(t) + ", point " + std::to_string(p);
  };
  if (!g.has(t, p)) fail(where() + " is not in the graph");
  g.each_input(t, p, [&](long q) {
    const char* bytes = input(q);
    for (size_t i = 0; i + 16 <= g.output_bytes; i += 16) {
      int64_t pair[2];
      std::memcpy(pair, bytes + i, 16);
      if (pair[0] != t - 1 || pair[1] != q) {
        fail(where() + " got a wrong input from (" + std::to_string(t - 1) + ", " + std::to_string(q) + "): the 16 bytes at " +
             std::to_string(i) + " say (" + std::to_string(pair[0]) + ", " + std::to_string(pair[1]) + ")");
      }
    }
  });
  char* scratch = nullptr;
  if (g.scratch_bytes > 0) {
    scratch = scratch_here.of(g.scratch_bytes);
    if (std::memcmp(scratch, &magic, 8) != 0) fail(where() + " found its scratch memory overwritten");
  }
  const int64_t pair[2] = {t, p};
  for (size_t i = 0; i < g.stride; i += 16) std::memcpy(output + i, pair, 16);
  run_kernel(g, t, p, scratch);
}

/** As above, where all columns lie in one memory. */
inline void execute(const Graph& g, long t, long p) {
  execute(g, t, p, g.output(t, p), [&](long q) { return g.output(t - 1, q); });
}

/** Calls `body(t, p)` for the tasks that must have ended before (t, p) begins: its inputs, and who reads what it overwrites. */
template <class F> void each_predecessor(const Graph& g, long t, long p, F&& body) {
  g.each_input(t, p, [&](long q) { body(t - 1, q); });
  const long old = t - g.fields;
  if (old < 0 || !g.has(old, p)) return;
  body(old, p);
  g.each_reader(old, p, [&](long q) {
    bool known = false;
    if (g.fields == 2) g.each_input(t, p, [&](long input) { known = known || input == q; });
    if (!known) body(old + 1, q);
  });
}

// ---- command line and report -------------------------------------------------------------------------------------------------

struct App {
  std::vector<Graph> graphs;
  int workers = 2;

  App(int argc, char** argv) {
    Graph g;
    for (int i = 1; i < argc; i++) {
      const std::string flag = argv[i];
      const auto text = [&]() -> std::string { return i + 1 < argc ? argv[++i] : (fail(flag + " needs a value"), ""); };
      const auto number = [&] { return std::stol(text()); };
      const auto one_of = [&](const std::vector<std::string>& names) {
        const std::string name = text();
        const auto at = std::find(names.begin(), names.end(), name);
        if (at == names.end()) fail(flag + " " + name + " is not known here");
        return at - names.begin();
      };
      if (flag == "-steps") g.steps = number();
      else if (flag == "-width") g.width = number();
      else if (flag == "-type") g.pattern = static_cast<Pattern>(one_of(pattern_names));
      else if (flag == "-radix") g.radix = number();
      else if (flag == "-period") g.period = number();
      else if (flag == "-fraction") g.fraction = std::stod(text());
      else if (flag == "-kernel") g.kernel = static_cast<Kernel>(one_of(kernel_names));
      else if (flag == "-iter") g.iterations = number();
      else if (flag == "-output") g.output_bytes = number();
      else if (flag == "-scratch") g.scratch_bytes = number();
      else if (flag == "-sample") g.samples = number();
      else if (flag == "-imbalance") g.imbalance = std::stod(text());
      else if (flag == "-field") g.fields = number();
      else if (flag == "-workers") workers = static_cast<int>(number());
      else if (flag == "-and") {
        graphs.push_back(g);
        g = Graph{};
        g.index = static_cast<long>(graphs.size());
      }
    }
    graphs.push_back(g);
    for (auto& it : graphs) it.prepare();
  }

  void display() const {
    std::printf("Running Task Benchmark\n  Configuration:\n");
    for (const auto& g : graphs) {
      std::printf("    Task Graph %ld:\n      Time Steps: %ld\n      Max Width: %ld\n      Dependence Type: %s\n", g.index + 1, g.steps, g.width,
                  pattern_names[static_cast<int>(g.pattern)].c_str());
      std::printf("      Radix: %ld\n      Period: %ld\n      Fraction Connected: %f\n", g.radix, g.period, g.fraction);
      std::printf("      Kernel:\n        Type: %s\n        Implementation: C++ vectors\n        Iterations: %ld\n        Samples: %ld\n        Imbalance: %f\n",
                  kernel_names[static_cast<int>(g.kernel)].c_str(), g.iterations, g.samples, g.imbalance);
      std::printf("      Output Bytes: %zu\n      Scratch Bytes: %zu\n", g.output_bytes, g.scratch_bytes);
    }
  }

  void report(double seconds) const {
    long long tasks = 0, dependencies = 0, flops = 0, bytes = 0;
    for (const auto& g : graphs) {
      for (long t = 0; t < g.steps; t++) {
        for (long p = g.offset_at(t); p < g.offset_at(t) + g.width_at(t); p++) {
          tasks++, flops += g.flops(t, p), bytes += g.bytes();
          g.each_input(t, p, [&](long) { dependencies++; });
        }
      }
    }
    std::printf("Total Tasks %lld\nTotal Dependencies %lld\n  Unable to estimate local/nonlocal dependencies\n", tasks, dependencies);
    std::printf("Total FLOPs %lld\nTotal Bytes %lld\nElapsed Time %e seconds\nFLOP/s %e\nB/s %e\n", flops, bytes, seconds, flops / seconds, bytes / seconds);
    std::printf("Transfer (estimated):\n  Unable to estimate local/nonlocal transfer\n");
  }

  /** Runs everything twice, the first time to warm up, and reports the second. */
  void measure(const std::function<void()>& run_all) const {
    display();
    run_all();
    const auto begin = std::chrono::steady_clock::now();
    run_all();
    report(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
};

}  // namespace taskbench
