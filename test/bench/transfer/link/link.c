/*
 * Joins two network namespaces by a link with delay, random loss, a rate and a drop-tail queue: a TUN interface named
 * `bench0` in each of them, this program in between. What it does is the same in both directions.
 *
 *   link NETNS_A NETNS_B DELAY_US LOSS_PPM RATE_BIT_PER_S QUEUE_US SEED
 *
 * DELAY_US is one way. A rate of 0 is no bottleneck; it counts IP packets, link layer headers excluded. Prints "ready"
 * when the interfaces are there (to be given addresses by the caller), runs until its standard input ends, then prints
 * what it did as JSON. Build: cc -O2 -o link link.c; needs CAP_NET_ADMIN and CAP_SYS_ADMIN.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* 100 MB in flight each way at full packets; only what is used at the same time is ever touched. */
enum { SLOTS = 65536, PACKET_BYTES = 1600, BATCH = 64, QUEUE_MS = 1024 };

/* Packets are handed on in turns, as network cards do (interrupt moderation): one wake-up each costs more than the rest. */
static const uint64_t TURN_NS = 250000, LATE_NS = 1000000;

typedef struct {
  uint64_t due_ns;
  uint32_t length;
  unsigned char bytes[PACKET_BYTES];
} Packet;

typedef struct {
  int in, out;
  Packet *packets;
  uint32_t unused[SLOTS], line[SLOTS];
  uint32_t unused_count, line_first, line_count;
  uint64_t free_ns; /* when the bottleneck will have sent all that waits in front of it */
  uint64_t random;
  uint64_t carried, bytes, lost, queue_dropped, refused, late, late_max_ns;
  uint64_t queued[QUEUE_MS]; /* packets that found so many milliseconds of others in front of them */
} Direction;

typedef struct {
  uint64_t delay_ns, queue_ns, rate;
  double loss;
} Link;

static Direction directions[2];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* SplitMix64 (Steele, Lea, Flood 2014): a whole generator in one counter. */
static double next_random(uint64_t *state) {
  uint64_t bits = (*state += 0x9e3779b97f4a7c15u);
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return (double)((bits ^ (bits >> 31)) >> 11) / 9007199254740992.0;
}

/* A TUN interface in another namespace, held by a file descriptor in this one. */
static int open_tun(const char *netns) {
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(netns, O_RDONLY | O_CLOEXEC);
  if (home < 0 || there < 0) die(netns);
  if (setns(there, CLONE_NEWNET)) die("setns");
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) die("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strcpy(request.ifr_name, "bench0");
  if (ioctl(tun, TUNSETIFF, &request)) die("TUNSETIFF");
  if (setns(home, CLONE_NEWNET)) die("setns");
  close(there);
  close(home);
  return tun;
}

static void open_direction(Direction *direction, int in, int out, uint64_t seed) {
  direction->in = in;
  direction->out = out;
  direction->random = seed;
  direction->packets = malloc(sizeof(Packet) * SLOTS);
  if (!direction->packets) die("malloc");
  direction->unused_count = SLOTS;
  for (uint32_t slot = 0; slot < SLOTS; slot++) direction->unused[slot] = SLOTS - 1 - slot;
}

/* Reads what came and decides about each packet; returns whether anything came. */
static int take(Direction *direction, const Link *link, uint64_t now) {
  static unsigned char spill[PACKET_BYTES];
  for (int count = 0; count < BATCH; count++) {
    int full = direction->unused_count == 0;
    uint32_t slot = full ? 0 : direction->unused[direction->unused_count - 1];
    Packet *packet = &direction->packets[slot];
    ssize_t length = read(direction->in, full ? spill : packet->bytes, PACKET_BYTES);
    if (length <= 0) return count > 0;
    direction->carried++;
    direction->bytes += (uint64_t)length;
    if (next_random(&direction->random) < link->loss) {
      direction->lost++;
      continue;
    }
    uint64_t start = direction->free_ns > now ? direction->free_ns : now;
    if (full || (link->rate && start - now > link->queue_ns)) {
      direction->queue_dropped++;
      continue;
    }
    uint64_t queue_ms = (start - now) / 1000000u;
    direction->queued[queue_ms < QUEUE_MS ? queue_ms : QUEUE_MS - 1]++;
    direction->free_ns = link->rate ? start + (uint64_t)length * 8000000000u / link->rate : now;
    packet->due_ns = direction->free_ns + link->delay_ns;
    packet->length = (uint32_t)length;
    direction->unused_count--;
    direction->line[(direction->line_first + direction->line_count++) % SLOTS] = slot;
  }
  return 1;
}

/* Hands on what is due; returns when it wants to be called again at the latest. */
static uint64_t give(Direction *direction, uint64_t now, uint64_t wake) {
  while (direction->line_count > 0) {
    uint32_t slot = direction->line[direction->line_first];
    Packet *packet = &direction->packets[slot];
    if (packet->due_ns > now) return packet->due_ns < wake ? packet->due_ns : wake;
    if (write(direction->out, packet->bytes, packet->length) < 0) {
      if (errno == EAGAIN) return now + TURN_NS;
      direction->refused++; /* the interface is down or going */
    } else {
      uint64_t late = now - packet->due_ns;
      if (late > LATE_NS) direction->late++;
      if (late > direction->late_max_ns) direction->late_max_ns = late;
    }
    direction->unused[direction->unused_count++] = slot;
    direction->line_first = (direction->line_first + 1) % SLOTS;
    direction->line_count--;
  }
  return wake;
}

/* Until standard input ends, which it does with whoever started this. */
static void run(const Link *link) {
  static const struct timespec turn = {0, TURN_NS};
  for (;;) {
    uint64_t now = now_ns(), wake = now + 1000000000u;
    int busy = 0;
    for (int side = 0; side < 2; side++) {
      while (take(&directions[side], link, now)) busy = 1;
      wake = give(&directions[side], now, wake);
    }
    if (busy || wake - now <= TURN_NS) nanosleep(&turn, NULL);
    struct pollfd ready[3] = {
        {0, POLLIN, 0}, {directions[0].in, POLLIN, 0}, {directions[1].in, POLLIN, 0}};
    uint64_t later = now_ns(), wait = wake <= later ? 0 : wake - later;
    struct timespec pause = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)};
    if (ppoll(ready, 3, &pause, NULL) > 0 && ready[0].revents) {
      char ignored[64];
      if (read(0, ignored, sizeof ignored) <= 0) return;
    }
  }
}

/* A busy machine must not become a longer link: it runs before everything else, which is little work. */
static void be_punctual(void) {
  struct sched_param first = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_FIFO, &first)) setpriority(PRIO_PROCESS, 0, -20);
}

/* The queue that this share of the packets found at most. */
static unsigned queue_of(const Direction *d, double share) {
  uint64_t all = 0, seen = 0;
  for (unsigned ms = 0; ms < QUEUE_MS; ms++) all += d->queued[ms];
  for (unsigned ms = 0; ms < QUEUE_MS; ms++)
    if ((double)(seen += d->queued[ms]) >= share * (double)all) return ms;
  return QUEUE_MS;
}

static void print_counts(const char *name, const Direction *d, const char *end) {
  printf("\"%s\":{\"packets\":%lu,\"bytes\":%lu,\"lost\":%lu,\"queueDropped\":%lu,\"refused\":%lu,"
         "\"late\":%lu,\"lateMaxMs\":%.2f,\"queueMedianMs\":%u,\"queue90Ms\":%u}%s",
         name, (unsigned long)d->carried, (unsigned long)d->bytes, (unsigned long)d->lost,
         (unsigned long)d->queue_dropped, (unsigned long)d->refused, (unsigned long)d->late, (double)d->late_max_ns / 1e6,
         queue_of(d, 0.5), queue_of(d, 0.9), end);
}

/* What emulating took: on a small machine it is missing elsewhere. */
static double cpu_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: link NETNS_A NETNS_B DELAY_US LOSS_PPM RATE_BIT_PER_S QUEUE_US SEED\n");
    return 64;
  }
  Link link = {.delay_ns = strtoull(argv[3], NULL, 10) * 1000,
               .loss = atof(argv[4]) / 1e6,
               .rate = strtoull(argv[5], NULL, 10),
               .queue_ns = strtoull(argv[6], NULL, 10) * 1000};
  uint64_t seed = strtoull(argv[7], NULL, 10);
  int a = open_tun(argv[1]), b = open_tun(argv[2]);
  open_direction(&directions[0], a, b, seed * 2);
  open_direction(&directions[1], b, a, seed * 2 + 1);
  prctl(PR_SET_TIMERSLACK, 1UL);
  be_punctual();
  printf("ready\n");
  fflush(stdout);
  run(&link);
  printf("{");
  print_counts("aToB", &directions[0], ",");
  print_counts("bToA", &directions[1], ",");
  printf("\"cpuSeconds\":%.2f}\n", cpu_seconds());
  return 0;
}
