// What glibc declares for GNU sources only, and Swift's own Glibc module therefore does not show.
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/// A descriptor that names a directory and needs no right to read it (O_PATH).
static const int flyball_path_only = 010000000;

/// A counter that `poll` waits for; closed on exec, never blocking. -1 with errno on failure.
static inline int flyball_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int accept4(int, struct sockaddr *, socklen_t *, int);

/// The next connection of a listening socket, closed on exec. -1 with errno on failure.
static inline int flyball_accept(int listener) { return accept4(listener, (struct sockaddr *)0, (socklen_t *)0, SOCK_CLOEXEC); }

/// The uid of a Unix socket's peer as the kernel attests it. 0 on success.
static inline int flyball_peer_uid(int descriptor, uid_t *uid) {
    struct { pid_t pid; uid_t uid; gid_t gid; } credentials;
    socklen_t size = sizeof(credentials);
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
    if (size != sizeof(credentials)) return -1;
    *uid = credentials.uid;
    return 0;
}
