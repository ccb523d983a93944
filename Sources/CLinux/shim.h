// What glibc declares for GNU sources only, and Swift's own Glibc module therefore does not show.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>

/// A descriptor that names a directory and needs no right to read it (O_PATH).
static const int flyball_path_only = 010000000;

/// A counter that `poll` waits for; closed on exec, never blocking. -1 with errno on failure.
static inline int flyball_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int accept4(int, struct sockaddr *, socklen_t *, int);

/// The next connection of a listening socket, closed on exec. -1 with errno on failure.
static inline int flyball_accept(int listener) { return accept4(listener, (struct sockaddr *)0, (socklen_t *)0, SOCK_CLOEXEC); }

int close_range(unsigned int, unsigned int, int);

/// Every descriptor from `first` on is closed when another program takes this process (CLOSE_RANGE_CLOEXEC). -1 with errno on failure.
static inline int flyball_close_on_exec(int first) { return close_range((unsigned int)first, ~0U, 1 << 2); }

/// A terminal's modes, whole. Not as `struct termios`: the modules of Glibc and of ncurses both declare that one, and which of them a file of
/// Swift sees depends on what was compiled with it.
struct flyball_modes { unsigned char bytes[64]; };
_Static_assert(sizeof(struct termios) <= sizeof(struct flyball_modes), "a terminal's modes are larger");

/// Reads the modes. 0 on success, -1 with errno where there is no terminal.
static inline int flyball_read_modes(int descriptor, struct flyball_modes *modes) {
    struct termios found;
    if (tcgetattr(descriptor, &found) != 0) return -1;
    memset(modes, 0, sizeof(*modes));
    memcpy(modes->bytes, &found, sizeof(found));
    return 0;
}

/// Sets the modes at once. 0 on success.
static inline int flyball_set_modes(int descriptor, const struct flyball_modes *modes) {
    struct termios wanted;
    memcpy(&wanted, modes->bytes, sizeof(wanted));
    return tcsetattr(descriptor, TCSANOW, &wanted);
}

/// Whether two modes take, give and edit alike.
static inline int flyball_same_modes(const struct flyball_modes *a, const struct flyball_modes *b) {
    struct termios left, right;
    memcpy(&left, a->bytes, sizeof(left));
    memcpy(&right, b->bytes, sizeof(right));
    return left.c_lflag == right.c_lflag && left.c_iflag == right.c_iflag && left.c_oflag == right.c_oflag;
}

/// Throws away what waits to be written, and lets the terminal go on.
static inline void flyball_free_output(int descriptor) {
    tcflush(descriptor, TCOFLUSH);
    tcflow(descriptor, TCOON);
}

/// The uid of a Unix socket's peer as the kernel attests it. 0 on success.
static inline int flyball_peer_uid(int descriptor, uid_t *uid) {
    struct { pid_t pid; uid_t uid; gid_t gid; } credentials;
    socklen_t size = sizeof(credentials);
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
    if (size != sizeof(credentials)) return -1;
    *uid = credentials.uid;
    return 0;
}

/// The calling thread holds no signal back any more.
static inline void flyball_take_all_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, (sigset_t *)0);
}

long syscall(long, ...);
char **backtrace_symbols(void *const *, int);
int backtrace(void **, int);
char *swift_demangle(const char *, size_t, char *, size_t *, uint32_t);

/// A thread's frames and how many; -1 until its signal handler has found them.
///
/// The signal carries its address: a variable of this header would be another one in each object that its functions are compiled into.
struct flyball_frames {
    volatile int count;
    void *frames[64];
};

static void flyball_take_frames(int number, siginfo_t *info, void *context) {
    int saved = errno;
    (void)number;
    (void)context;
    if (info->si_code == SI_QUEUE && info->si_pid == getpid()) {
        struct flyball_frames *found = (struct flyball_frames *)info->si_value.sival_ptr;
        found->count = backtrace(found->frames, 64);
    }
    errno = saved;
}

/// Loads what taking frames needs, so that no signal handler loads it, and has the signal take them. -1 with errno on failure.
static inline int flyball_prepare_backtraces(int number) {
    void *frame;
    backtrace(&frame, 1);
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = flyball_take_frames;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, (struct sigaction *)0);
}

/// The texts of a thread's frames, to be freed, and how many; null when it does not answer within some milliseconds.
static inline char **flyball_backtrace(pid_t thread, int number, int milliseconds, int *count) {
    struct flyball_frames *found = (struct flyball_frames *)calloc(1, sizeof(struct flyball_frames));
    if (!found) return (char **)0;
    found->count = -1;
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_signo = number;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = found;
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, number, &info) != 0) {
        free(found);
        return (char **)0;
    }
    for (int waited = 0; found->count < 0; waited++) {
        // It may still answer: what it writes to then stays.
        if (waited >= milliseconds) return (char **)0;
        usleep(1000);
    }
    *count = found->count;
    char **texts = backtrace_symbols(found->frames, *count);
    free(found);
    return texts;
}

/// Where caught signals are told of, a byte each; its number. Set once, before the first is caught.
static volatile int flyball_signal_end = -1;

static void flyball_tell_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(flyball_signal_end, &byte, 1);
    (void)written;
    errno = saved;
}

/// From now on the signal writes its number into `end`, which must not block, and does nothing else. -1 with errno on failure.
///
/// Unlike a dispatch source, which is registered a moment later, it stands when this returns.
static inline int flyball_catch(int number, int end) {
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = flyball_tell_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    flyball_signal_end = end;
    return sigaction(number, &action, (struct sigaction *)0);
}
