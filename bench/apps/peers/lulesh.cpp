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

// One coordinate of a quarter of each of the faces at a corner; a and b are the other two coordinates.
inline void cornerAreas(const double* a, const double* b, double* area) {
  const auto face = [&](int n0, int n1, int n2, int n3) {
    return ((a[n3] - a[n1]) * (b[n2] - b[n0]) - (b[n3] - b[n1]) * (a[n2] - a[n0])) * 0.125;
  };
  const double bottom = face(0, 1, 2, 3), front = face(0, 4, 5, 1), right = face(1, 5, 6, 2);
  const double back = face(2, 6, 7, 3), left = face(3, 7, 4, 0), top = face(4, 7, 6, 5);
  area[0] = bottom + front + left;
  area[1] = bottom + front + right;
  area[2] = bottom + right + back;
  area[3] = bottom + back + left;
  area[4] = front + left + top;
  area[5] = front + right + top;
  area[6] = right + back + top;
  area[7] = back + left + top;
}

// How the volume changes with one coordinate of each corner.
inline void volumeGradient(const double* a, const double* b, double* gradient) {
  const auto corner = [&](int n0, int n1, int n2, int n3, int n4, int n5) {
    return ((a[n1] + a[n2]) * (b[n0] + b[n1]) - (a[n0] + a[n1]) * (b[n1] + b[n2]) + (a[n0] + a[n4]) * (b[n3] + b[n4]) -
            (a[n3] + a[n4]) * (b[n0] + b[n4]) - (a[n2] + a[n5]) * (b[n3] + b[n5]) + (a[n3] + a[n5]) * (b[n2] + b[n5])) *
           (1.0 / 12);
  };
  gradient[0] = corner(1, 2, 3, 4, 5, 7);
  gradient[1] = corner(2, 3, 0, 5, 6, 4);
  gradient[2] = corner(3, 0, 1, 6, 7, 5);
  gradient[3] = corner(0, 1, 2, 7, 4, 6);
  gradient[4] = corner(7, 6, 5, 0, 3, 1);
  gradient[5] = corner(4, 7, 6, 1, 0, 2);
  gradient[6] = corner(5, 4, 7, 2, 1, 3);
  gradient[7] = corner(6, 5, 4, 3, 2, 0);
}

inline void modesOf(const double* f, double* modes) {
  const double s01 = f[0] + f[1], d01 = f[0] - f[1], s23 = f[2] + f[3], d23 = f[2] - f[3];
  const double s45 = f[4] + f[5], d45 = f[4] - f[5], s67 = f[6] + f[7], d67 = f[6] - f[7];
  modes[0] = s01 - s23 - (s45 - s67);
  modes[1] = d01 - d23 - (d45 - d67);
  modes[2] = d01 + d23 + (d45 + d67);
  modes[3] = d45 + d67 - (d01 + d23);
}

struct Corners {
  double x[8], y[8], z[8], xd[8], yd[8], zd[8];
};

inline Corners gather(const Domain& d, int element) {
  Corners c;
  for (int k = 0; k < 8; k++) {
    const int node = d.nodeList[8 * element + k];
    c.x[k] = d.x[node];
    c.y[k] = d.y[node];
    c.z[k] = d.z[node];
    c.xd[k] = d.xd[node];
    c.yd[k] = d.yd[node];
    c.zd[k] = d.zd[node];
  }
  return c;
}

inline void addDamping(const double* speed, double* force, const double gradient[3][8], const double modes[3][4], double damping,
                       double perVolume, double pressure) {
  double own[4], by[3] = {0, 0, 0}, h[4], back[3];
  modesOf(speed, own);
  for (int k = 0; k < 8; k++)
    for (int a = 0; a < 3; a++) by[a] += gradient[a][k] * speed[k];
  for (int a = 0; a < 3; a++) by[a] *= perVolume;
  for (int i = 0; i < 4; i++) h[i] = own[i] - (modes[0][i] * by[0] + modes[1][i] * by[1] + modes[2][i] * by[2]);
  for (int a = 0; a < 3; a++)
    back[a] = (modes[a][0] * h[0] + modes[a][1] * h[1] + modes[a][2] * h[2] + modes[a][3] * h[3]) * perVolume;
  const double s = h[0] + h[1], t = h[0] - h[1], u = h[2] - h[3], w = h[2] + h[3];
  const double signs[8] = {s + u, t - u, u - s, -t - u, w - s, -t - w, s + w, t - w};
  for (int k = 0; k < 8; k++)
    force[k] = force[k] * pressure -
               damping * (signs[k] - (gradient[0][k] * back[0] + gradient[1][k] * back[1] + gradient[2][k] * back[2]));
}

void cornerForces(Domain& d) {
#pragma omp parallel for schedule(static)
  for (int e = 0; e < d.elements; e++) {
    const Corners c = gather(d, e);
    double fx[8], fy[8], fz[8], gradient[3][8], modes[3][4];
    cornerAreas(c.y, c.z, fx);
    cornerAreas(c.z, c.x, fy);
    cornerAreas(c.x, c.y, fz);
    volumeGradient(c.y, c.z, gradient[0]);
    volumeGradient(c.z, c.x, gradient[1]);
    volumeGradient(c.x, c.y, gradient[2]);
    modesOf(c.x, modes[0]);
    modesOf(c.y, modes[1]);
    modesOf(c.z, modes[2]);
    const double volume = d.volo[e] * d.v[e];
    const double damping = 0.01 * 3 * d.ss[e] * d.mass[e] / std::cbrt(volume), perVolume = 1 / volume, pressure = d.p[e] + d.q[e];
    addDamping(c.xd, fx, gradient, modes, damping, perVolume, pressure);
    addDamping(c.yd, fy, gradient, modes, damping, perVolume, pressure);
    addDamping(c.zd, fz, gradient, modes, damping, perVolume, pressure);
    for (int k = 0; k < 8; k++) {
      d.fx[8 * e + k] = fx[k];
      d.fy[8 * e + k] = fy[k];
      d.fz[8 * e + k] = fz[k];
    }
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

struct Vector {
  double x, y, z;
};
inline Vector cross(Vector a, Vector b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
inline double dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vector operator+(Vector a, Vector b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vector operator-(Vector a, Vector b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vector operator*(double s, Vector a) { return {s * a.x, s * a.y, s * a.z}; }

void changeShapes(Domain& d) {
  const double half = 0.5 * d.step;
  bool failed = false;
#pragma omp parallel for schedule(static)
  for (int e = 0; e < d.elements; e++) {
    const Corners c = gather(d, e);
    const auto edge = [&](int i, int j) { return Vector{c.x[i] - c.x[j], c.y[i] - c.y[j], c.z[i] - c.z[j]}; };
    const auto speed = [&](int i, int j) { return Vector{c.xd[i] - c.xd[j], c.yd[i] - c.yd[j], c.zd[i] - c.zd[j]}; };
    const double volume = (dot(edge(3, 1) + edge(7, 2), cross(edge(6, 3), edge(2, 0))) +
                           dot(edge(4, 3) + edge(5, 7), cross(edge(6, 4), edge(7, 0))) +
                           dot(edge(1, 4) + edge(2, 5), cross(edge(6, 1), edge(5, 0)))) /
                          12;
    const double relative = volume / d.volo[e];
    if (!(relative > 0)) failed = true;
    double area = 0;
    const auto face = [&](Vector u, Vector w) {
      const Vector normal = cross(u, w);
      area = std::max(area, dot(normal, normal));
    };
    face(edge(2, 0), edge(3, 1));
    face(edge(6, 4), edge(5, 7));
    face(edge(5, 0), edge(1, 4));
    face(edge(6, 1), edge(2, 5));
    face(edge(7, 2), edge(6, 3));
    face(edge(4, 3), edge(7, 0));
    d.vnew[e] = relative;
    d.delv[e] = relative - d.v[e];
    d.length[e] = 4 * volume / std::sqrt(4 * area);

    const auto derive = [](auto difference, Vector* along) {
      const Vector d60 = difference(6, 0), d53 = difference(5, 3), d71 = difference(7, 1), d42 = difference(4, 2);
      along[0] = 0.25 * (d60 + d53 - d71 - d42);
      along[1] = 0.25 * (d60 - d53 + d71 - d42);
      along[2] = 0.25 * (d60 + d53 + d71 + d42);
    };
    Vector x[3], xd[3], back[3];
    derive(edge, x);
    derive(speed, xd);
    const double norm = 1 / (volume + tiny);
    double* const delx[3] = {&d.delxXi[e], &d.delxEta[e], &d.delxZeta[e]};
    double* const delv[3] = {&d.delvXi[e], &d.delvEta[e], &d.delvZeta[e]};
    for (int k = 0; k < 3; k++) {
      const Vector normal = cross(x[(k + 1) % 3], x[(k + 2) % 3]);
      *delx[k] = volume / std::sqrt(dot(normal, normal) + tiny);
      *delv[k] = dot(normal, xd[k]) * norm;
      back[k] = x[k] - half * xd[k];
    }
    double rate = 0;
    for (int k = 0; k < 3; k++) rate += dot(cross(back[(k + 1) % 3], back[(k + 2) % 3]), xd[k]);
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

inline double pressureOf(double energy, double slope, bool full) {
  const double pressure = slope * energy;
  return full || std::abs(pressure) < cut ? 0 : std::max(0.0, pressure);
}

inline double soundSpeed(double energy, double pressure, double volume, double slope) {
  const double square = 2.0 / 3 * energy + volume * volume * slope * pressure;
  return square <= 0.1111111e-36 ? 0.3333333e-18 : std::sqrt(square);
}

// Every array that a repetition reads is contiguous, so that the compiler vectorizes the loop.
struct Material {
  double e[tile], p[tile], q[tile], ql[tile], qq[tile], volume[tile], change[tile], newE[tile], newP[tile], newQ[tile];
};

void evaluate(Material& m, int n) {
  for (int i = 0; i < n; i++) {
    const double volume = m.volume[i], change = m.change[i];
    const bool full = volume >= 1e9;
    const double oldP = full ? 0 : m.p[i], oldQ = m.q[i], linear = m.ql[i], quadratic = m.qq[i];
    const double compression = full ? 0 : 1 / volume - 1;
    const double half = full ? 0 : volume <= 1e-9 ? compression : 1 / (volume - change * 0.5) - 1;
    double energy = std::max(-1e15, m.e[i] - 0.5 * change * (oldP + oldQ));
    const double halfSlope = 2.0 / 3 * (half + 1), halfP = pressureOf(energy, halfSlope, full), volumeHalf = 1 / (1 + half);
    const double halfQ = change > 0 ? 0 : soundSpeed(energy, halfP, volumeHalf, halfSlope) * linear + quadratic;
    energy += 0.5 * change * (3 * (oldP + oldQ) - 4 * (halfP + halfQ));
    energy = std::max(-1e15, std::abs(energy) < cut ? 0 : energy);
    const double slope = 2.0 / 3 * (compression + 1);
    double pressure = pressureOf(energy, slope, full);
    const double tilde = change > 0 ? 0 : soundSpeed(energy, pressure, volume, slope) * linear + quadratic;
    energy -= (7 * (oldP + oldQ) - 8 * (halfP + halfQ) + (pressure + tilde)) * change * (1.0 / 6);
    energy = std::max(-1e15, std::abs(energy) < cut ? 0 : energy);
    pressure = pressureOf(energy, slope, full);
    const double q = soundSpeed(energy, pressure, volume, slope) * linear + quadratic;
    m.newE[i] = energy;
    m.newP[i] = pressure;
    m.newQ[i] = change > 0 ? halfQ : std::abs(q) < cut ? 0 : q;
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
    d.ss[e] = soundSpeed(m.newE[i], m.newP[i], m.volume[i], 2.0 / 3 / m.volume[i]);
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
