// BOTS health with OpenMP tasks, the same tasks as in examples/bots. Usage: health THREADS LEVELS CITIES STEPS
#include <omp.h>
#include <algorithm>
#include "tiles.hpp"

namespace {

constexpr int assessment = 2, convalescence = 12, people_for_each = 10;
constexpr float falls_ill = 0.002f, must_stay = 0.1f, sent_on_at_most = 0.15f;

struct Person {
  int32_t seed = 0;
  int id = 0, time = 0, time_left = 0, check_ins = 0;
  Person* next = nullptr;

  float random() {
    int32_t drawn = seed ^ 123459876;
    const int32_t k = drawn / 127773;
    drawn = int32_t(16807u * uint32_t(drawn - k * 127773) - 2836u * uint32_t(k)) ^ 123459876;
    if (drawn < 0) drawn += 2147483647;
    seed = int32_t(uint32_t(drawn) * 2147483647u);
    return float(1.0 / 2147483647) * float(drawn);
  }
};

struct List {
  Person *first = nullptr, *last = nullptr;

  void append(Person* it) {
    it->next = nullptr;
    (first ? last->next : first) = it;
    last = it;
  }

  /** Takes out whoever `leaves` says, which may put them into other lists. */
  template <class F> void sift(F&& leaves) {
    Person* before = nullptr;
    for (Person *it = first, *next; it; it = next) {
      next = it->next;
      if (!leaves(it)) {
        before = it;
        continue;
      }
      (before ? before->next : first) = next;
      if (!next) last = before;
    }
  }
};

struct Village {
  int level = 0, free_personnel = 0;
  List well, waiting, assessed, inside, sent_on;

  void begin_assessment(Person* it) {
    free_personnel--;
    it->time_left = assessment;
    it->time += assessment;
    assessed.append(it);
  }

  void check_in(Person* it) {
    it->check_ins++;
    if (free_personnel > 0) begin_assessment(it);
    else waiting.append(it);
  }

  void treat(bool highest) {
    inside.sift([&](Person* it) {
      if (--it->time_left > 0) return false;
      free_personnel++;
      well.append(it);
      return true;
    });
    assessed.sift([&](Person* it) {
      if (--it->time_left > 0) return false;
      if (!(it->random() < must_stay)) {
        free_personnel++;
        well.append(it);
      } else if (it->random() > sent_on_at_most || highest) {
        it->time_left = convalescence;
        it->time += convalescence;
        inside.append(it);
      } else {
        free_personnel++;
        sent_on.append(it);
      }
      return true;
    });
    waiting.sift([&](Person* it) {
      if (free_personnel > 0) return begin_assessment(it), true;
      it->time++;
      return false;
    });
  }

  void fall_ill() {
    well.sift([&](Person* it) { return it->random() < falls_ill ? (check_in(it), true) : false; });
  }
};

int cities;
std::vector<Village> villages;
std::vector<Person> people;

void settle(int village, int level, int& next) {
  Village& here = villages[village];
  here.level = level;
  here.free_personnel = 1 << level;
  Person source;
  source.seed = int32_t(uint32_t(village) * uint32_t(127773 + 23));
  for (int i = 0; i < (1 << level) * people_for_each; i++, next++) {
    people[next].id = next;
    people[next].seed = source.seed;
    source.random();
    here.well.append(&people[next]);
  }
  if (level > 1) for (int i = cities; i > 0; i--) settle(village * cities + i, level - 1, next);
}

void admit(int village) {
  Village& here = villages[village];
  if (here.level > 1) {
    std::vector<Person*> arrivals;
    for (int i = 1; i <= cities; i++) {
      List& list = villages[village * cities + i].sent_on;
      for (Person* it = list.first; it; it = it->next) arrivals.push_back(it);
      list = List();
    }
    std::sort(arrivals.begin(), arrivals.end(), [](Person* a, Person* b) { return a->id < b->id; });
    for (Person* it : arrivals) here.check_in(it);
  }
  here.fall_ill();
}

void visit(int village) {
  Village& here = villages[village];
  if (here.level > 2) {
    for (int i = 1; i <= cities; i++) {
#pragma omp task firstprivate(village, i)
      visit(village * cities + i);
    }
    here.treat(village == 0);
#pragma omp taskwait
  } else {
    if (here.level == 2) for (int i = 1; i <= cities; i++) visit(village * cities + i);
    here.treat(village == 0);
  }
  admit(village);
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int k, int fallback) { return argc > k ? std::atoi(argv[k]) : fallback; };
  omp_set_num_threads(argument(1, 2));
  const int levels = argument(2, 4), steps = argument(4, 365);
  cities = argument(3, 18);
  size_t all = 0, inhabitants = 0;
  for (int level = levels, count = 1; level > 0; level--, count *= cities) {
    all += count;
    inhabitants += size_t(count) * (1 << level) * people_for_each;
  }
  villages.resize(all);
  people.resize(inhabitants);
  int next = 0;
  settle(0, levels, next);
  const double ms = milliseconds([&] {
#pragma omp parallel
#pragma omp single
    for (int step = 0; step < steps; step++) visit(0);
  });
  long check_ins = 0, time = 0;
  for (const Person& it : people) check_ins += it.check_ins, time += it.time;
  std::printf("{\"ms\":%.3f,\"people\":%zu,\"checkIns\":%ld,\"averageStay\":%.6f}\n", ms, people.size(), check_ins,
              double(time) / double(people.size()));
}
