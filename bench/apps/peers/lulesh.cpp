// LULESH 2.0 with OpenMP: the Sedov problem, with the same loops, sums and data layout as examples/lulesh.
// Usage: lulesh THREADS SIZE [ITERATIONS [REGIONS BALANCE COST]]
#include <omp.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using Reals = std::vector<double>;
using Words = std::vector<int>;
constexpr int tile = 128;
constexpr double tiny = 1e-36, cut = 1e-7;
constexpr int symmetric = 1, freeSide = 2;

struct Domain {
  int size, elements, nodes;
  Reals x, y, z, xd, yd, zd, nodeMass;
  Reals e, p, q, ql, qq, ss, v, vnew, delv, volo, mass, vdov, length;
  Reals delvXi, delvEta, delvZeta, delxXi, delxEta, delxZeta;
  Reals fx, fy, fz;
  Words nodeList, neighbours, surface, cornerStart, corners, fixed, order, regionEnd, repeats;
  double time = 0, step = 0, courant = 1e20, hydro = 1e20;
  int cycle = 0;
};

void buildMesh(Domain& d, int size) {
  d.size = size;
  const int row = size + 1, plane = row * row;
  d.elements = size * size * size;
  d.nodes = row * plane;
  for (Reals* it : {&d.x, &d.y, &d.z, &d.xd, &d.yd, &d.zd, &d.nodeMass}) it->assign(d.nodes, 0.0);
  for (Reals* it : {&d.e, &d.p, &d.q, &d.ql, &d.qq, &d.ss, &d.vnew, &d.delv, &d.vdov, &d.length, &d.delvXi, &d.delvEta, &d.delvZeta,
                    &d.delxXi, &d.delxEta, &d.delxZeta})
    it->assign(d.elements, 0.0);
  for (Reals* it : {&d.fx, &d.fy, &d.fz}) it->assign(8 * d.elements, 0.0);
  const double volume = std::pow(1.125 / size, 3);
  d.v.assign(d.elements, 1.0);
  d.volo.assign(d.elements, volume);
  d.mass.assign(d.elements, volume);
  d.fixed.assign(d.nodes, 0);
  for (int n = 0; n < d.nodes; n++) {
    const int at[3] = {n % row, n / row % row, n / plane};
    d.x[n] = 1.125 * at[0] / size;
    d.y[n] = 1.125 * at[1] / size;
    d.z[n] = 1.125 * at[2] / size;
    d.fixed[n] = (at[0] == 0 ? 1 : 0) | (at[1] == 0 ? 2 : 0) | (at[2] == 0 ? 4 : 0);
  }
  const int offsets[8] = {0, 1, row + 1, row, plane, plane + 1, plane + row + 1, plane + row};
  const int stride[3] = {1, size, size * size};
  d.nodeList.resize(8 * d.elements);
  d.neighbours.resize(6 * d.elements);
  d.surface.assign(d.elements, 0);
  d.cornerStart.assign(d.nodes + 1, 0);
  for (int e = 0; e < d.elements; e++) {
    const int at[3] = {e % size, e / size % size, e / (size * size)};
    for (int k = 0; k < 8; k++) {
      const int node = at[2] * plane + at[1] * row + at[0] + offsets[k];
      d.nodeList[8 * e + k] = node;
      d.cornerStart[node + 1]++;
      d.nodeMass[node] += volume / 8;
    }
    for (int axis = 0; axis < 3; axis++) {
      const bool low = at[axis] == 0, high = at[axis] == size - 1;
      d.neighbours[6 * e + 2 * axis] = low ? e : e - stride[axis];
      d.neighbours[6 * e + 2 * axis + 1] = high ? e : e + stride[axis];
      d.surface[e] |= (low ? symmetric : 0) << (4 * axis) | (high ? freeSide : 0) << (4 * axis + 2);
    }
  }
  for (int n = 0; n < d.nodes; n++) d.cornerStart[n + 1] += d.cornerStart[n];
  Words next = d.cornerStart;
  d.corners.resize(8 * d.elements);
  for (int c = 0; c < 8 * d.elements; c++) d.corners[next[d.nodeList[c]]++] = c;
  d.e[0] = 3.948746e7 * std::pow(size / 45.0, 3);
  d.step = 0.5 * std::cbrt(d.volo[0]) / std::sqrt(2 * d.e[0]);
}

void buildRegions(Domain& d, int regions, int balance, int cost) {
  Words regionOf(d.elements, 0), ends;
  for (int r = 0, sum = 0; r < regions; r++) ends.push_back(sum += int(std::pow(r + 1, balance)));
  if (regions > 1) {
    srand(0);
    const auto pick = [&] { return int(std::upper_bound(ends.begin(), ends.end(), rand() % ends.back()) - ends.begin()); };
    const int runs[7][3] = {{773, 1, 15}, {937, 16, 16}, {970, 32, 32}, {974, 64, 64}, {978, 128, 128}, {981, 256, 256}, {1000, 512, 1537}};
    for (int at = 0, before = -1; at < d.elements;) {
      int region = pick();
      while (region == before) region = pick();
      const int kind = rand() % 1000;
      int k = 0;
      while (kind >= runs[k][0]) k++;
      const int end = std::min(d.elements, at + runs[k][1] + rand() % runs[k][2]);
      while (at < end) regionOf[at++] = region;
      before = region;
    }
  }
  for (int r = 0; r < regions; r++) {
    for (int e = 0; e < d.elements; e++)
      if (regionOf[e] == r) d.order.push_back(e);
    d.regionEnd.push_back(int(d.order.size()));
    d.repeats.push_back(r < regions / 2 ? 1 : r < regions - (regions + 15) / 20 ? 1 + cost : 10 * (1 + cost));
  }
}

struct Vector {
  double x, y, z;
};
inline Vector cross(Vector a, Vector b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
inline double dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vector operator+(Vector a, Vector b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vector operator-(Vector a, Vector b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vector operator*(double s, Vector a) { return {s * a.x, s * a.y, s * a.z}; }

// Sums over the corners of an element with the signs of xi, eta, zeta, their products by two, and the product of all three.
struct Modes {
  double xi, eta, zeta, xiEta, xiZeta, etaZeta, twist;
};

inline Modes modesOf(const Reals& values, const int* nodes) {
  const double v0 = values[nodes[0]], v1 = values[nodes[1]], v2 = values[nodes[2]], v3 = values[nodes[3]];
  const double v4 = values[nodes[4]], v5 = values[nodes[5]], v6 = values[nodes[6]], v7 = values[nodes[7]];
  const double s0 = v0 + v1, a0 = v1 - v0, s3 = v3 + v2, a3 = v2 - v3, s4 = v4 + v5, a4 = v5 - v4, s7 = v7 + v6, a7 = v6 - v7;
  return {a4 + a7 + (a0 + a3), s7 - s4 + (s3 - s0), s4 + s7 - (s0 + s3), a7 - a4 + (a3 - a0),
          a4 + a7 - (a0 + a3), s7 - s4 - (s3 - s0), a7 - a4 - (a3 - a0)};
}

// Those of the positions, as vectors; normals and gradients of the volume by the modes are sums of their cross products.
struct Shape {
  Vector xi, eta, zeta, xiEta, xiZeta, etaZeta, twist;
};

inline Shape shapeOf(const Domain& d, const int* nodes) {
  const Modes x = modesOf(d.x, nodes), y = modesOf(d.y, nodes), z = modesOf(d.z, nodes);
  return {{x.xi, y.xi, z.xi},          {x.eta, y.eta, z.eta},          {x.zeta, y.zeta, z.zeta},
          {x.xiEta, y.xiEta, z.xiEta}, {x.xiZeta, y.xiZeta, z.xiZeta}, {x.etaZeta, y.etaZeta, z.etaZeta},
          {x.twist, y.twist, z.twist}};
}

struct Gradients {
  Vector areaXi, areaEta, areaZeta, xi, eta, zeta, xiEta, xiZeta, etaZeta;
};

// The forces along one axis; `area` picks that axis.
inline void addForces(const Reals& speeds, const int* nodes, double* force, const Shape& s, const Gradients& g,
                      double Vector::*axis, double damping, double perVolume) {
  const Modes u = modesOf(speeds, nodes);
  const Vector by = perVolume * (u.xi * g.xi + u.eta * g.eta + u.zeta * g.zeta + u.xiEta * g.xiEta + u.xiZeta * g.xiZeta + u.etaZeta * g.etaZeta);
  const double hXiEta = (u.xiEta - dot(s.xiEta, by)) * damping, hXiZeta = (u.xiZeta - dot(s.xiZeta, by)) * damping;
  const double hEtaZeta = (u.etaZeta - dot(s.etaZeta, by)) * damping, hTwist = (u.twist - dot(s.twist, by)) * damping;
  const Vector to = perVolume * (hXiEta * s.xiEta + hXiZeta * s.xiZeta + hEtaZeta * s.etaZeta + hTwist * s.twist);
  const double fXi = g.areaXi.*axis + dot(g.xi, to), fEta = g.areaEta.*axis + dot(g.eta, to), fZeta = g.areaZeta.*axis + dot(g.zeta, to);
  const double fXiEta = dot(g.xiEta, to) - hXiEta, fXiZeta = dot(g.xiZeta, to) - hXiZeta, fEtaZeta = dot(g.etaZeta, to) - hEtaZeta;
  const double lowXi = fXi - fXiZeta, highXi = fXi + fXiZeta, lowEta = fEta - fEtaZeta, highEta = fEta + fEtaZeta;
  const double lowXiEta = fXiEta + hTwist, highXiEta = fXiEta - hTwist;
  force[0] = lowXiEta - lowXi - (fZeta + lowEta);
  force[1] = lowXi - lowXiEta - (fZeta + lowEta);
  force[2] = lowXi + lowXiEta - (fZeta - lowEta);
  force[3] = lowEta - fZeta - (lowXi + lowXiEta);
  force[4] = fZeta - highEta - (highXi - highXiEta);
  force[5] = fZeta - highEta + (highXi - highXiEta);
  force[6] = fZeta + highEta + (highXi + highXiEta);
  force[7] = fZeta + highEta - (highXi + highXiEta);
}

void cornerForces(Domain& d) {
#pragma omp parallel for schedule(static)
  for (int e = 0; e < d.elements; e++) {
    const int* nodes = &d.nodeList[8 * e];
    const double volume = d.volo[e] * d.v[e], perVolume = 1 / (192 * volume), onFaces = (d.p[e] + d.q[e]) * (1.0 / 64);
    const double damping = 0.01 * 3 * d.ss[e] * d.mass[e] / std::cbrt(volume);
    const Shape s = shapeOf(d, nodes);
    const Vector flatXi = cross(s.eta, s.zeta), bentXi = cross(s.xiEta, s.xiZeta);
    const Vector flatEta = cross(s.zeta, s.xi), bentEta = cross(s.etaZeta, s.xiEta);
    const Vector flatZeta = cross(s.xi, s.eta), bentZeta = cross(s.xiZeta, s.etaZeta);
    const Gradients g = {onFaces * (flatXi + bentXi),
                         onFaces * (flatEta + bentEta),
                         onFaces * (flatZeta + bentZeta),
                         3 * flatXi + bentXi,
                         3 * flatEta + bentEta,
                         3 * flatZeta + bentZeta,
                         cross(s.xiZeta, s.xi) + cross(s.eta, s.etaZeta),
                         cross(s.xi, s.xiEta) + cross(s.etaZeta, s.zeta),
                         cross(s.xiEta, s.eta) + cross(s.zeta, s.xiZeta)};
    addForces(d.xd, nodes, &d.fx[8 * e], s, g, &Vector::x, damping, perVolume);
    addForces(d.yd, nodes, &d.fy[8 * e], s, g, &Vector::y, damping, perVolume);
    addForces(d.zd, nodes, &d.fz[8 * e], s, g, &Vector::z, damping, perVolume);
  }
}

void moveNodes(Domain& d) {
  const double dt = d.step;
#pragma omp parallel for schedule(static)
  for (int n = 0; n < d.nodes; n++) {
    double fx = 0, fy = 0, fz = 0;
    for (int k = d.cornerStart[n]; k < d.cornerStart[n + 1]; k++) {
      const int corner = d.corners[k];
      fx += d.fx[corner];
      fy += d.fy[corner];
      fz += d.fz[corner];
    }
    const double mass = d.nodeMass[n];
    const auto move = [&](double& x, double& xd, double f, int plane) {
      double speed = xd + (d.fixed[n] & plane ? 0 : f / mass) * dt;
      if (std::abs(speed) < cut) speed = 0;
      xd = speed;
      x += speed * dt;
    };
    move(d.x[n], d.xd[n], fx, 1);
    move(d.y[n], d.yd[n], fy, 2);
    move(d.z[n], d.zd[n], fz, 4);
  }
}

void changeShapes(Domain& d) {
  const double half = 0.5 * d.step;
  bool failed = false;
#pragma omp parallel for schedule(static)
  for (int e = 0; e < d.elements; e++) {
    const int* nodes = &d.nodeList[8 * e];
    const Shape s = shapeOf(d, nodes);
    const Vector normal[3] = {cross(s.eta, s.zeta), cross(s.zeta, s.xi), cross(s.xi, s.eta)};
    const double volume = (dot(s.xi, 3 * normal[0] + cross(s.xiEta, s.xiZeta)) +
                           dot(s.etaZeta, cross(s.xiEta, s.eta) + cross(s.zeta, s.xiZeta))) *
                          (1.0 / 192);
    const double relative = volume / d.volo[e];
    if (!(relative > 0)) failed = true;
    double largest = 0;
    const auto face = [&](Vector u, Vector w) {
      const Vector area = cross(u, w);
      largest = std::max(largest, dot(area, area));
    };
    face(s.eta - s.xiEta, s.zeta - s.xiZeta);
    face(s.eta + s.xiEta, s.zeta + s.xiZeta);
    face(s.zeta - s.etaZeta, s.xi - s.xiEta);
    face(s.zeta + s.etaZeta, s.xi + s.xiEta);
    face(s.xi - s.xiZeta, s.eta - s.etaZeta);
    face(s.xi + s.xiZeta, s.eta + s.etaZeta);
    d.vnew[e] = relative;
    d.delv[e] = relative - d.v[e];
    d.length[e] = 16 * volume / std::sqrt(largest);

    const auto speed = [&](int i, int j) {
      return Vector{d.xd[nodes[i]] - d.xd[nodes[j]], d.yd[nodes[i]] - d.yd[nodes[j]], d.zd[nodes[i]] - d.zd[nodes[j]]};
    };
    const Vector d60 = speed(6, 0), d53 = speed(5, 3), d71 = speed(7, 1), d42 = speed(4, 2);
    const Vector xd[3] = {d60 - d71 + (d53 - d42), d60 + d71 - (d53 + d42), d60 + d71 + (d53 + d42)};
    const Vector back[3] = {s.xi - half * xd[0], s.eta - half * xd[1], s.zeta - half * xd[2]};
    const double norm = 1 / (64 * volume + tiny);
    double* const delx[3] = {&d.delxXi[e], &d.delxEta[e], &d.delxZeta[e]};
    double* const delv[3] = {&d.delvXi[e], &d.delvEta[e], &d.delvZeta[e]};
    double rate = 0;
    for (int k = 0; k < 3; k++) {
      *delx[k] = volume / std::sqrt(dot(normal[k], normal[k]) * (1.0 / 256) + tiny);
      *delv[k] = dot(normal[k], xd[k]) * norm;
      rate += dot(cross(back[(k + 1) % 3], back[(k + 2) % 3]), xd[k]);
    }
    d.vdov[e] = rate / dot(back[1], cross(back[2], back[0]));
  }
  if (failed) std::exit(2);
}

inline double limit(const Reals& delv, int element, const int* sides, int kinds) {
  const double norm = 1 / (delv[element] + tiny);
  const double below = (kinds & 3) == freeSide ? 0 : delv[sides[0]] * norm;
  const double above = (kinds >> 2 & 3) == freeSide ? 0 : delv[sides[1]] * norm;
  return std::min(1.0, std::max(0.0, std::min(0.5 * (below + above), std::min(2 * below, 2 * above))));
}

void findViscosity(Domain& d, int lo, int hi) {
  for (int i = lo; i < hi; i++) {
    const int e = d.order[i];
    if (d.vdov[e] > 0) {
      d.ql[e] = d.qq[e] = 0;
      continue;
    }
    const int sides = d.surface[e], *first = &d.neighbours[6 * e];
    const double phiXi = limit(d.delvXi, e, first, sides), phiEta = limit(d.delvEta, e, first + 2, sides >> 4);
    const double phiZeta = limit(d.delvZeta, e, first + 4, sides >> 8);
    const double xi = std::min(0.0, d.delvXi[e] * d.delxXi[e]), eta = std::min(0.0, d.delvEta[e] * d.delxEta[e]);
    const double zeta = std::min(0.0, d.delvZeta[e] * d.delxZeta[e]), rho = d.mass[e] / (d.volo[e] * d.vnew[e]);
    d.ql[e] = -0.5 * rho * (xi * (1 - phiXi) + eta * (1 - phiEta) + zeta * (1 - phiZeta));
    d.qq[e] = 2.0 / 3 * rho *
              (xi * xi * (1 - phiXi * phiXi) + eta * eta * (1 - phiEta * phiEta) + zeta * zeta * (1 - phiZeta * phiZeta));
  }
}

inline double pressureOf(double pressure) { return pressure < cut ? 0 : pressure; }
inline double bounded(double energy) { return std::abs(energy) < cut ? 0 : std::max(-1e15, energy); }

inline double soundSpeed(double energy, double pressure, double volume) {
  const double square = 2.0 / 3 * (energy + volume * pressure);
  return square <= 0.1111111e-36 ? 0.3333333e-18 : std::sqrt(square);
}

// Every array that a repetition reads is contiguous, so that the compiler vectorizes the loop.
struct Material {
  double e[tile], p[tile], q[tile], ql[tile], qq[tile], volume[tile], change[tile], newE[tile], newP[tile], newQ[tile];
};

void evaluate(Material& m, int n) {
  for (int i = 0; i < n; i++) {
    const double volume = m.volume[i], change = m.change[i], linear = m.ql[i], quadratic = m.qq[i];
    const bool full = volume >= 1e9;
    const double slope = full ? 0 : 2.0 / 3 / volume, halfVolume = volume <= 1e-9 ? volume : volume - 0.5 * change;
    const double halfSlope = full ? 0 : 2.0 / 3 / halfVolume, before = (full ? 0 : m.p[i]) + m.q[i];
    double energy = std::max(-1e15, m.e[i] - 0.5 * change * before);
    const double halfP = pressureOf(halfSlope * energy);
    const double halfQ = change > 0 ? 0 : soundSpeed(energy, halfP, halfVolume) * linear + quadratic;
    energy = bounded(energy + change * (1.5 * before - 2 * halfP) - 2 * change * halfQ);
    double pressure = pressureOf(slope * energy);
    const double tilde = change > 0 ? 0 : soundSpeed(energy, pressure, volume) * linear + quadratic;
    const double sixth = change * (1.0 / 6);
    energy = bounded(energy - sixth * (7 * before - 8 * (halfP + halfQ) + pressure) - sixth * tilde);
    pressure = pressureOf(slope * energy);
    const double q = change > 0 ? 0 : soundSpeed(energy, pressure, volume) * linear + quadratic;
    m.newE[i] = energy;
    m.newP[i] = pressure;
    m.newQ[i] = std::abs(q) < cut ? 0 : q;
  }
}

void updateMaterial(Domain& d, int lo, int hi, int repeats) {
  Material m;
  const int* order = &d.order[lo];
  const int n = hi - lo;
  for (int times = 0; times < repeats; times++) {
    for (int i = 0; i < n; i++) {
      const int e = order[i];
      m.e[i] = d.e[e];
      m.p[i] = d.p[e];
      m.q[i] = d.q[e];
      m.ql[i] = d.ql[e];
      m.qq[i] = d.qq[e];
      m.volume[i] = std::min(1e9, std::max(1e-9, d.vnew[e]));
      m.change[i] = d.delv[e];
    }
    evaluate(m, n);
  }
  for (int i = 0; i < n; i++) {
    const int e = order[i];
    d.e[e] = m.newE[i];
    d.p[e] = m.newP[i];
    d.q[e] = m.newQ[i];
    d.ss[e] = soundSpeed(m.newE[i], m.newP[i], m.volume[i]);
    d.v[e] = std::abs(d.vnew[e] - 1) < 1e-10 ? 1 : d.vnew[e];
  }
}

void updateRegions(Domain& d) {
  double leastCourant = 1e20, leastHydro = 1e20;
#pragma omp parallel for schedule(dynamic) reduction(min : leastCourant, leastHydro)
  for (int lo = 0; lo < d.elements; lo += tile) {
    const int hi = std::min(d.elements, lo + tile);
    findViscosity(d, lo, hi);
    for (int from = lo, region = 0; from < hi;) {
      while (d.regionEnd[region] <= from) region++;
      const int to = std::min(hi, d.regionEnd[region]);
      updateMaterial(d, from, to, d.repeats[region]);
      from = to;
    }
    for (int i = lo; i < hi; i++) {
      const int e = d.order[i];
      const double rate = d.vdov[e], across = d.length[e];
      if (rate == 0) continue;
      const double square = d.ss[e] * d.ss[e] + (rate < 0 ? 64 * 4 * across * across * rate * rate : 0);
      leastCourant = std::min(leastCourant, across / std::sqrt(square));
      leastHydro = std::min(leastHydro, 0.1 / (std::abs(rate) + 1e-20));
    }
  }
  d.courant = leastCourant;
  d.hydro = leastHydro;
}

void advance(Domain& d) {
  double target = 1e-2 - d.time;
  if (d.cycle > 0) {
    const double before = d.step;
    double allowed = 1e20;
    if (d.courant < allowed) allowed = d.courant / 2;
    if (d.hydro < allowed) allowed = d.hydro * 2 / 3;
    const double growth = allowed / before;
    if (growth >= 1 && growth < 1.1) allowed = before;
    else if (growth > 1.2) allowed = before * 1.2;
    d.step = std::min(allowed, 1e-2);
  }
  if (target > d.step && target < 4 * d.step / 3) target = 2 * d.step / 3;
  if (target < d.step) d.step = target;
  d.time += d.step;
  d.cycle++;
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int k, int fallback) { return argc > k ? std::atoi(argv[k]) : fallback; };
  omp_set_num_threads(argument(1, 2));
  const int size = argument(2, 30), iterations = argument(3, 9999999);
  Domain d;
  buildMesh(d, size);
  buildRegions(d, argument(4, 11), argument(5, 1), argument(6, 1));
  const auto begin = std::chrono::steady_clock::now();
  while (d.time < 1e-2 && d.cycle < iterations) {
    advance(d);
    cornerForces(d);
    moveNodes(d);
    changeShapes(d);
    updateRegions(d);
  }
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  std::printf("{\"ms\":%.3f,\"cycles\":%d,\"originEnergy\":%.9e}\n", ms, d.cycle, d.e[0]);
}
