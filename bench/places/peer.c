/* What plain MPI in C takes for what the benchmark `places` measures. Rank 0 prints one line: a name and a figure for each. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 4

static int rank, ranks;

/* Microseconds for there and back again. */
static double round_trip(char *bytes, int length, int rounds) {
  double began = 0;
  for (int i = -rounds / 10; i < rounds; i++) {
    if (i == 0) began = MPI_Wtime();
    if (rank == 0) {
      MPI_Send(bytes, length, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
      MPI_Recv(bytes, length, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
      MPI_Recv(bytes, length, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(bytes, length, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
  }
  return (MPI_Wtime() - began) / rounds * 1e6;
}

/* Gigabytes a second from rank 0 to rank 1: some messages are under way at any time, and when the oldest has ended a new one begins. */
static double bandwidth(char *bytes, int length, int rounds) {
  MPI_Request requests[WINDOW];
  double began = 0;
  for (int k = 0; k < WINDOW; k++) requests[k] = MPI_REQUEST_NULL;
  for (int i = -WINDOW; rank < 2 && i < rounds * WINDOW; i++) {
    int k = (i + WINDOW) % WINDOW;
    char *at = bytes + (size_t)k * length;
    MPI_Wait(&requests[k], MPI_STATUS_IGNORE);
    if (i == 0) began = MPI_Wtime();
    if (rank == 0) MPI_Isend(at, length, MPI_BYTE, 1, k, MPI_COMM_WORLD, &requests[k]);
    else MPI_Irecv(at, length, MPI_BYTE, 0, k, MPI_COMM_WORLD, &requests[k]);
  }
  if (rank < 2) MPI_Waitall(WINDOW, requests, MPI_STATUSES_IGNORE);
  char done = 0;
  if (rank == 0) MPI_Recv(&done, 1, MPI_BYTE, 1, 99, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  if (rank == 1) MPI_Send(&done, 1, MPI_BYTE, 0, 99, MPI_COMM_WORLD);
  return (double)rounds * WINDOW * length / (MPI_Wtime() - began) / 1e9;
}

enum collective { BARRIER, ALL_REDUCE, ALL_GATHER, BROADCAST };

/* Microseconds for one. */
static double collective(enum collective which, char *bytes, int length, int rounds) {
  double began = 0, sum = 0, mine = rank;
  for (int i = -rounds / 10; i < rounds; i++) {
    if (i == 0) began = MPI_Wtime();
    if (which == BARRIER) MPI_Barrier(MPI_COMM_WORLD);
    else if (which == ALL_REDUCE) MPI_Allreduce(&mine, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    else if (which == ALL_GATHER) MPI_Allgather(&mine, 1, MPI_DOUBLE, bytes, 1, MPI_DOUBLE, MPI_COMM_WORLD);
    else MPI_Bcast(bytes, length, MPI_BYTE, 0, MPI_COMM_WORLD);
  }
  return (MPI_Wtime() - began) / rounds * 1e6;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  int rounds = argc > 1 ? atoi(argv[1]) : 10000;
  char *bytes = malloc((size_t)WINDOW << 24);
  memset(bytes, 1, (size_t)WINDOW << 24);
  double figures[] = {
    round_trip(bytes, 8, rounds),
    round_trip(bytes, 1024, rounds),
    bandwidth(bytes, 1 << 20, rounds / 50 + 1),
    bandwidth(bytes, 1 << 24, rounds / 800 + 1),
    collective(BARRIER, bytes, 0, rounds),
    collective(ALL_REDUCE, bytes, 8, rounds),
    collective(ALL_GATHER, bytes, 8, rounds),
    collective(BROADCAST, bytes, 8, rounds),
    collective(BROADCAST, bytes, 65536, rounds / 10 + 1),
    collective(BROADCAST, bytes, 1 << 20, rounds / 50 + 1),
  };
  const char *names[] = {"roundTrip8", "roundTrip1024", "bandwidth1M", "bandwidth16M", "barrier", "allReduce",
                         "allGather", "broadcast8", "broadcast64K", "broadcast1M"};
  if (rank == 0) {
    printf("@figures");
    for (int i = 0; i < 10; i++) printf(" %s %.6g", names[i], figures[i]);
    printf("\n");
  }
  MPI_Finalize();
  return 0;
}
