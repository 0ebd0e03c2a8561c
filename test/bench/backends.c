/*
 * Strict backends to measure proxies with: `backends COUNT SERVICE_US`.
 *
 * One process listens on COUNT free ports of 127.0.0.1 and prints their origins as one line of JSON. Each listener works
 * on one call at a time for SERVICE_US microseconds, as an instance with one slot does; a call that arrives while one is at
 * work is counted as an overlap and worked on after it. What has begun is worked on to its end, also when its caller goes;
 * what has not begun by then never does.
 *
 *   GET /clients   200 at once, not counted: the backend is well
 *   GET /stats     {"overlaps","calls","meanMs","utilisation","unfinished"} of all listeners since it was last asked;
 *                  meanMs is the service time that calls really took here, measured; utilisation the share of the time
 *                  between a listener's first call and its last in which it worked; unfinished are at work or wait now
 *   GET /service/N from now on calls take N microseconds
 *   anything else  a call; its answer says in x-service-us how long it really took here
 *
 * Request heads only, up to 16 KiB, without a body. It ends when its standard input does, or with its parent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_LIMIT = 16 * 1024, BACKLOG = 1024, EVENTS_AT_ONCE = 256 };

/* What an event of epoll is about: the first member of whatever its pointer points to. */
enum kind { STDIN, LISTENER, TIMER, CONNECTION };

struct connection {
  enum kind kind;
  int fd;                   /* -1: the caller has gone */
  bool has_call;            /* one of its calls is at work or waits, so it is kept though the caller may have gone */
  struct backend *backend;
  struct connection *next;  /* behind it in the backend's queue */
  size_t held;
  char head[HEAD_LIMIT];
};

struct timer { enum kind kind; int fd; struct backend *backend; };

struct backend {
  enum kind kind;
  int fd;
  struct timer timer;
  struct connection *at_work;      /* NULL: idle */
  struct connection *first, *last; /* those that overlapped */
  int64_t begun;                   /* ns */
  int64_t ended;                   /* ns; 0: nothing has since stats were last told */
};

static const char ANSWER[] = "[{\"account\":\"DU1\",\"position\":100}]";
static int poll_fd;
static int64_t service_ns;
static int64_t busy_ns, idle_ns; /* idle: between two calls */
static struct backend *backends;
static int count;
static long calls, overlaps, unfinished;

static void look(struct connection *connection);

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void watch(int fd, void *about) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = about};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

/* A caller that cannot be written to is closed by the event that says so, not here. */
static void answer(struct connection *connection, const char *body, int64_t took_ns) {
  char text[512];
  if (connection->fd < 0) return;
  int length = snprintf(text, sizeof text,
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-service-us: %ld\r\ncontent-length: %zu\r\n\r\n%s",
                        (long)(took_ns / 1000), strlen(body), body);
  if (send(connection->fd, text, length, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) perror("send");
}

static void note_begin(struct backend *backend) {
  backend->begun = now();
  if (backend->ended > 0) idle_ns += backend->begun - backend->ended;
}

static void begin(struct backend *backend, struct connection *connection) {
  /* a timer set to nothing would never fire */
  struct itimerspec due = {.it_value = {service_ns / 1000000000, service_ns % 1000000000 + (service_ns == 0)}};
  backend->at_work = connection;
  note_begin(backend);
  if (timerfd_settime(backend->timer.fd, 0, &due, NULL) < 0) die("timerfd_settime");
}

/* The next of those that overlapped and whose callers are still there. */
static struct connection *next_of(struct backend *backend) {
  struct connection *next;
  while ((next = backend->first) != NULL) {
    backend->first = next->next;
    if (next->fd >= 0) break;
    free(next);
    unfinished -= 1;
  }
  return next;
}

/* The call at work is answered, and the next begins. */
static void finish(struct backend *backend) {
  struct connection *done = backend->at_work;
  calls += 1;
  unfinished -= 1;
  backend->ended = now();
  int64_t took_ns = backend->ended - backend->begun;
  busy_ns += took_ns;
  struct connection *next = backend->at_work = next_of(backend);
  if (next != NULL) begin(backend, next);
  done->has_call = false;
  answer(done, ANSWER, took_ns);
  if (done->fd < 0) free(done);
  else look(done); /* what its caller may have sent meanwhile */
}

static void take(struct connection *connection) {
  struct backend *backend = connection->backend;
  connection->has_call = true;
  connection->next = NULL;
  unfinished += 1;
  if (backend->at_work == NULL && service_ns == 0) {
    backend->at_work = connection;
    note_begin(backend);
    finish(backend);
    return;
  }
  if (backend->at_work == NULL) {
    begin(backend, connection);
    return;
  }
  overlaps += 1;
  if (backend->first == NULL) backend->first = connection;
  else backend->last->next = connection;
  backend->last = connection;
}

static void tell_stats(struct connection *connection) {
  char body[256];
  snprintf(body, sizeof body,
           "{\"overlaps\":%ld,\"calls\":%ld,\"meanMs\":%.6f,\"utilisation\":%.6f,\"unfinished\":%ld}", overlaps, calls,
           calls > 0 ? busy_ns / 1e6 / calls : 0, busy_ns > 0 ? (double)busy_ns / (busy_ns + idle_ns) : 0, unfinished);
  overlaps = calls = busy_ns = idle_ns = 0;
  for (int i = 0; i < count; i += 1) backends[i].ended = 0;
  answer(connection, body, 0);
}

/* Serves the head that is held, if it is whole and the connection has nothing at work. */
static void look(struct connection *connection) {
  char *head = connection->head;
  char *end = connection->has_call ? NULL : memmem(head, connection->held, "\r\n\r\n", 4);
  if (end == NULL) return;
  bool is_stats = strncmp(head, "GET /stats ", 11) == 0, is_clients = strncmp(head, "GET /clients ", 13) == 0;
  bool is_service = strncmp(head, "GET /service/", 13) == 0;
  if (is_service) service_ns = atoll(head + 13) * 1000;
  connection->held -= end + 4 - head;
  memmove(head, end + 4, connection->held);
  if (is_stats) tell_stats(connection);
  else if (is_clients || is_service) answer(connection, ANSWER, 0);
  else take(connection);
}

static void hear(struct connection *connection) {
  size_t room = HEAD_LIMIT - connection->held;
  ssize_t length = room > 0 ? recv(connection->fd, connection->head + connection->held, room, 0) : 0;
  if (length > 0) {
    connection->held += length;
    look(connection);
    return;
  }
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  close(connection->fd);
  connection->fd = -1;
  if (!connection->has_call) free(connection);
}

static void welcome(struct backend *backend) {
  int on = 1, fd = accept4(backend->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) die("calloc");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connection->kind = CONNECTION;
  connection->fd = fd;
  connection->backend = backend;
  watch(fd, connection);
}

static int open_backend(struct backend *backend) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  backend->kind = LISTENER;
  backend->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(backend->fd, (struct sockaddr *)&address, size) < 0 || listen(backend->fd, BACKLOG) < 0) die("listen");
  getsockname(backend->fd, (struct sockaddr *)&address, &size);
  watch(backend->fd, backend);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  backend->timer = (struct timer){TIMER, timer, backend};
  watch(timer, &backend->timer);
  return ntohs(address.sin_port);
}

static void serve(void *about) {
  uint64_t times;
  char ignored[256];
  switch (*(enum kind *)about) {
    case STDIN:
      if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) exit(0);
      break;
    case LISTENER:
      welcome(about);
      break;
    case TIMER:
      if (read(((struct timer *)about)->fd, &times, sizeof times) > 0) finish(((struct timer *)about)->backend);
      break;
    case CONNECTION:
      hear(about);
  }
}

int main(int argc, char **argv) {
  static enum kind standard_input = STDIN;
  struct epoll_event events[EVENTS_AT_ONCE];
  count = argc == 3 ? atoi(argv[1]) : 0;
  if (count < 1) return fprintf(stderr, "usage: %s COUNT SERVICE_US\n", argv[0]), 2;
  service_ns = atoll(argv[2]) * 1000;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_TIMERSLACK, 1); /* ns; the kernel's 50 µs would be measured as the proxy's */
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  watch(STDIN_FILENO, &standard_input);
  backends = calloc(count, sizeof *backends);
  if (backends == NULL) die("calloc");
  for (int i = 0; i < count; i += 1)
    printf("%s\"http://127.0.0.1:%d\"", i == 0 ? "[" : ",", open_backend(&backends[i]));
  puts("]");
  fflush(stdout);
  for (;;) {
    int ready = epoll_wait(poll_fd, events, EVENTS_AT_ONCE, -1);
    for (int i = 0; i < ready; i += 1) serve(events[i].data.ptr);
  }
}
