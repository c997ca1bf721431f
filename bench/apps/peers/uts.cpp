// Counts an unbalanced tree by depth-first search on one thread, with the trees of examples/uts.
// Usage: uts TYPE SHAPE DEPTH BRANCHING SEED Q M SHIFT
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

struct Node {
  uint32_t state[5];
  int depth;
};

static inline uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

// One block of SHA-1: sixteen words to five.
static void compress(uint32_t w[16], uint32_t out[5]) {
  uint32_t a = 0x67452301, b = 0xefcdab89, c = 0x98badcfe, d = 0x10325476, e = 0xc3d2e1f0;
  const auto step = [&](int i, uint32_t f, uint32_t k) {
    if (i >= 16) w[i & 15] = rotate(w[(i + 13) & 15] ^ w[(i + 8) & 15] ^ w[(i + 2) & 15] ^ w[i & 15], 1);
    const uint32_t next = rotate(a, 5) + f + e + k + w[i & 15];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  };
#pragma GCC unroll 20
  for (int i = 0; i < 20; i++) step(i, (b & c) | (~b & d), 0x5a827999);
#pragma GCC unroll 20
  for (int i = 20; i < 40; i++) step(i, b ^ c ^ d, 0x6ed9eba1);
#pragma GCC unroll 20
  for (int i = 40; i < 60; i++) step(i, (b & c) | (b & d) | (c & d), 0x8f1bbcdc);
#pragma GCC unroll 20
  for (int i = 60; i < 80; i++) step(i, b ^ c ^ d, 0xca62c1d6);
  out[0] = a + 0x67452301;
  out[1] = b + 0xefcdab89;
  out[2] = c + 0x98badcfe;
  out[3] = d + 0x10325476;
  out[4] = e + 0xc3d2e1f0;
}

struct Tree {
  int type, shape;
  double depth, branching;
  int seed;
  double q;
  int m;
  double shift;

  int binomial(double u) const { return u < q ? m : 0; }

  double branchingAt(int d) const {
    switch (shape) {
      case 1: return branching * std::pow(d, -std::log(branching) / std::log(depth));
      case 2: return d > 5 * depth ? 0 : std::pow(branching, std::sin(2 * M_PI * d / depth));
      case 3: return d < depth ? branching : 0;
      default: return branching * (1 - d / depth);
    }
  }

  int geometric(int d, double u) const {
    const double p = 1 / (1 + (d == 0 ? branching : branchingAt(d)));
    return int(std::min(std::floor(std::log(1 - u) / std::log(1 - p)), 100.0));
  }

  int children(const Node& node) const {
    const double u = (node.state[4] & 0x7fffffff) / 2147483648.0;
    switch (type) {
      case 0: return node.depth == 0 ? int(branching) : binomial(u);
      case 1: return geometric(node.depth, u);
      case 2: return node.depth < shift * depth ? geometric(node.depth, u) : std::min(binomial(u), 100);
      default: return node.depth < depth ? int(branching) : 0;
    }
  }
};

int main(int argc, char** argv) {
  const auto argument = [&](int k, double fallback) { return argc > k ? std::atof(argv[k]) : fallback; };
  const Tree tree{int(argument(1, 1)), int(argument(2, 0)), argument(3, 6),     argument(4, 4),
                  int(argument(5, 0)), argument(6, 0.234375), int(argument(7, 4)), argument(8, 0.5)};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Node> stack(1);
  uint32_t first[16] = {0, 0, 0, 0, uint32_t(tree.seed), 0x80000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 160};
  compress(first, stack[0].state);
  stack[0].depth = 0;
  long nodes = 0, leaves = 0;
  int depth = 0;
  while (!stack.empty()) {
    const Node node = stack.back();
    stack.pop_back();
    nodes++;
    depth = std::max(depth, node.depth);
    const int children = tree.children(node);
    if (children == 0) leaves++;
    for (int i = 0; i < children; i++) {
      uint32_t w[16] = {node.state[0], node.state[1], node.state[2], node.state[3], node.state[4], uint32_t(i), 0x80000000, 0, 0, 0, 0, 0,
                        0,             0,             0,             192};
      Node child;
      compress(w, child.state);
      child.depth = node.depth + 1;
      stack.push_back(child);
    }
  }
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  std::printf("{\"ms\":%.3f,\"nodes\":%ld,\"leaves\":%ld,\"depth\":%d}\n", ms, nodes, leaves, depth);
}
