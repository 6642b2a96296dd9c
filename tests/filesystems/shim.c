/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loaded by LD_PRELOAD: makes the C library's reads, writes and syncs fail for files below a folder.
 *
 * Environment: FAULTS_BELOW, the folder; FAULTS_CONTROL, the file with the faults in force, read anew at each call;
 * FAULTS_LOG, where each fault that took effect is told. A line of the control file is
 *
 *     CALL EFFECT AT_BYTE SECONDS PATTERN        write ENOSPC 1048576 0 *.part
 *
 * CALL is read, write or sync; PATTERN is for fnmatch(3) on the whole path. A file is known by /proc/self/fd, so it
 * does not matter how it was opened, and a renamed file is known by its new name.
 * Offsets of 64 bits are taken for granted, so only 64-bit Linux is served.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8 && sizeof(long) == 8, "only 64-bit Linux");

struct fault {
    char effect[16];
    long long at;
    double seconds;
};

static const struct { const char *name; int number; } ERRORS[] = {
    {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}, {"EFBIG", EFBIG}, {"ENODEV", ENODEV},
    {"ENOTCONN", ENOTCONN}, {"EPERM", EPERM}, {"EINVAL", EINVAL},
};

static int number_of(const char *effect)
{
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
        if (strcmp(ERRORS[i].name, effect) == 0)
            return ERRORS[i].number;
    return 0;
}

/* Nothing here may call what it stands in front of, hence syscall(2). */
static ssize_t slurp(const char *path, char *text, size_t size)
{
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t got = syscall(SYS_read, fd, text, size - 1);
    syscall(SYS_close, fd);
    text[got > 0 ? got : 0] = 0;
    return got;
}

static int watched_path(int fd, char *path)
{
    const char *below = getenv("FAULTS_BELOW");
    char link[64];
    if (!below || !*below)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    size_t prefix = strlen(below);
    return strncmp(path, below, prefix) == 0 && (path[prefix] == '/' || path[prefix] == 0);
}

/* The first fault in force for this call that touches bytes [from, to). */
static int find(const char *call, int fd, long long from, long long to, struct fault *found, char *path)
{
    const char *control = getenv("FAULTS_CONTROL");
    char text[4096], name[16], pattern[256], *rest = text, *line;
    int kept = errno, hit = 0;
    if (control && watched_path(fd, path) && slurp(control, text, sizeof text) > 0)
        while (!hit && (line = strsep(&rest, "\n")))
            hit = sscanf(line, "%15s %15s %lld %lf %255s", name, found->effect, &found->at, &found->seconds, pattern) == 5
                  && strcmp(name, call) == 0 && to > found->at && fnmatch(pattern, path, 0) == 0
                  && (strcmp(found->effect, "flip") != 0 || from <= found->at);
    errno = kept;
    return hit;
}

static void tell(const char *call, const struct fault *fault, long long from, const char *path)
{
    const char *log = getenv("FAULTS_LOG");
    char line[PATH_MAX + 128];
    int kept = errno, fd = log ? syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        int length = snprintf(line, sizeof line, "%s %s %lld %d %s\n", call, fault->effect, from, getpid(), path);
        if (syscall(SYS_write, fd, line, (size_t)length) != length)
            abort(); /* a fault that is not told would be a test that proves nothing */
        syscall(SYS_close, fd);
    }
    errno = kept;
}

/* A medium that answers late: until the time is over or the control file says so no more. */
static void hang(const char *call, int fd, long long from, long long to, double seconds)
{
    struct timespec slice = {0, 20 * 1000 * 1000};
    struct fault now;
    char path[PATH_MAX];
    for (double waited = 0; waited < seconds; waited += 0.02) {
        nanosleep(&slice, NULL);
        if (!find(call, fd, from, to, &now, path) || strcmp(now.effect, "hang") != 0)
            return;
    }
}

static size_t total(const struct iovec *parts, int count)
{
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += parts[i].iov_len;
    return bytes;
}

static ssize_t really(int writing, int fd, const struct iovec *parts, int count, off_t at, int flags)
{
    if (at == -1 && flags == 0)
        return syscall(writing ? SYS_writev : SYS_readv, fd, parts, count);
    return syscall(writing ? SYS_pwritev2 : SYS_preadv2, fd, parts, count, at, 0L, flags);
}

/* What comes before the fault's byte is done as on a real disk: a short transfer, and the error at the next call. */
static ssize_t before(int writing, int fd, const struct iovec *parts, int count, off_t at, int flags, size_t bytes)
{
    struct iovec some[count];
    int used = 0;
    for (; used < count && bytes > 0; used++) {
        some[used] = parts[used];
        if (some[used].iov_len > bytes)
            some[used].iov_len = bytes;
        bytes -= some[used].iov_len;
    }
    return really(writing, fd, some, used, at, flags);
}

static void flip(const struct iovec *parts, int count, size_t skip, size_t valid)
{
    for (int i = 0; i < count && skip < valid; skip -= parts[i].iov_len, valid -= parts[i].iov_len, i++)
        if (skip < parts[i].iov_len) {
            ((unsigned char *)parts[i].iov_base)[skip] ^= 1;
            return;
        }
}

static ssize_t transfer(int writing, int fd, const struct iovec *parts, int count, off_t at, int flags)
{
    const char *call = writing ? "write" : "read";
    char path[PATH_MAX];
    struct fault fault;
    struct stat status;
    int kept = errno;
    long long from = at != -1 ? at : syscall(SYS_lseek, fd, 0L, SEEK_CUR);
    size_t bytes;

    errno = kept;
    if (count < 0 || count > IOV_MAX || from < 0)
        return really(writing, fd, parts, count, at, flags);
    if (writing && (syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND) && fstat(fd, &status) == 0)
        from = status.st_size;
    bytes = total(parts, count);
    if (!find(call, fd, from, from + (long long)bytes, &fault, path))
        return really(writing, fd, parts, count, at, flags);

    int number = number_of(fault.effect);
    if (number && fault.at > from)
        return before(writing, fd, parts, count, at, flags, (size_t)(fault.at - from));
    tell(call, &fault, from, path);
    if (number) {
        errno = number;
        return -1;
    }
    if (strcmp(fault.effect, "hang") == 0)
        hang(call, fd, from, from + (long long)bytes, fault.seconds);
    if (writing && strcmp(fault.effect, "drop") == 0) { /* a medium that says it wrote */
        if (at == -1)
            syscall(SYS_lseek, fd, (long)bytes, SEEK_CUR);
        return (ssize_t)bytes;
    }
    if (strcmp(fault.effect, "flip") != 0)
        return really(writing, fd, parts, count, at, flags);
    if (writing)
        flip(parts, count, (size_t)(fault.at - from), bytes);
    ssize_t done = really(writing, fd, parts, count, at, flags);
    if (writing) /* the caller's buffer is the caller's */
        flip(parts, count, (size_t)(fault.at - from), bytes);
    else if (done > 0)
        flip(parts, count, (size_t)(fault.at - from), (size_t)done);
    return done;
}

static int sync_fault(int fd, int *result)
{
    char path[PATH_MAX];
    struct fault fault;
    if (!find("sync", fd, 0, LLONG_MAX, &fault, path))
        return 0;
    tell("sync", &fault, 0, path);
    if (strcmp(fault.effect, "hang") == 0) {
        hang("sync", fd, 0, LLONG_MAX, fault.seconds);
        return 0;
    }
    *result = 0; /* drop */
    if ((errno = number_of(fault.effect)))
        *result = -1;
    return 1;
}

#define ONE(buffer, bytes) (&(struct iovec){(void *)(buffer), (bytes)})

ssize_t read(int fd, void *b, size_t n) { return transfer(0, fd, ONE(b, n), 1, -1, 0); }
ssize_t pread(int fd, void *b, size_t n, off_t at) { return transfer(0, fd, ONE(b, n), 1, at, 0); }
ssize_t pread64(int fd, void *b, size_t n, off64_t at) { return transfer(0, fd, ONE(b, n), 1, at, 0); }
ssize_t readv(int fd, const struct iovec *v, int n) { return transfer(0, fd, v, n, -1, 0); }
ssize_t preadv(int fd, const struct iovec *v, int n, off_t at) { return transfer(0, fd, v, n, at, 0); }
ssize_t preadv64(int fd, const struct iovec *v, int n, off64_t at) { return transfer(0, fd, v, n, at, 0); }
ssize_t preadv2(int fd, const struct iovec *v, int n, off_t at, int f) { return transfer(0, fd, v, n, at, f); }
ssize_t preadv64v2(int fd, const struct iovec *v, int n, off64_t at, int f) { return transfer(0, fd, v, n, at, f); }

ssize_t write(int fd, const void *b, size_t n) { return transfer(1, fd, ONE(b, n), 1, -1, 0); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return transfer(1, fd, ONE(b, n), 1, at, 0); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { return transfer(1, fd, ONE(b, n), 1, at, 0); }
ssize_t writev(int fd, const struct iovec *v, int n) { return transfer(1, fd, v, n, -1, 0); }
ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at) { return transfer(1, fd, v, n, at, 0); }
ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at) { return transfer(1, fd, v, n, at, 0); }
ssize_t pwritev2(int fd, const struct iovec *v, int n, off_t at, int f) { return transfer(1, fd, v, n, at, f); }
ssize_t pwritev64v2(int fd, const struct iovec *v, int n, off64_t at, int f) { return transfer(1, fd, v, n, at, f); }

int fsync(int fd)
{
    int result;
    return sync_fault(fd, &result) ? result : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    int result;
    return sync_fault(fd, &result) ? result : (int)syscall(SYS_fdatasync, fd);
}

int syncfs(int fd)
{
    int result;
    return sync_fault(fd, &result) ? result : (int)syscall(SYS_syncfs, fd);
}

/* Copies inside the kernel would pass us by: refused as a file system may refuse them, callers then read and write. */
static int touches_watched(int one, int other)
{
    char path[PATH_MAX];
    return watched_path(one, path) || watched_path(other, path);
}

ssize_t copy_file_range(int in, off64_t *at_in, int out, off64_t *at_out, size_t n, unsigned flags)
{
    if (touches_watched(in, out)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return syscall(SYS_copy_file_range, in, at_in, out, at_out, n, flags);
}

ssize_t sendfile(int out, int in, off_t *at, size_t n)
{
    if (touches_watched(in, out)) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_sendfile, out, in, at, n);
}

ssize_t sendfile64(int out, int in, off64_t *at, size_t n) { return sendfile(out, in, at, n); }
