/* The other end of many RTP streams, cheap enough to share a small machine: sends 50 packets a second for each
 * stream from its own port, and counts what comes back. One thread, sendmmsg on connected-less sockets in groups.
 * Arguments: streams, seconds, first port of ours; then a list of the streams' target ports on standard input.
 * Prints: CPU seconds, packets received, packets sent. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    int streams = atoi(argv[1]), ours = atoi(argv[3]);
    double seconds = atof(argv[2]);
    int *sockets = calloc(streams, sizeof *sockets);
    struct sockaddr_in *peers = calloc(streams, sizeof *peers);
    unsigned char packet[172] = {0x80, 0}, room[2048];
    unsigned sequence = 0, stamp = 0;
    long received = 0, sent = 0;
    for (int i = 0; i < streams; i++) {
        int target = 0;
        if (scanf("%d", &target) != 1) return 2;
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(ours + i)};
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (sockets[i] < 0 || bind(sockets[i], (struct sockaddr *)&name, sizeof name)) { perror("bind"); return 1; }
        peers[i] = name;
        peers[i].sin_port = htons(target);
    }
    for (int i = 12; i < 172; i++) packet[i] = 0x80 | (i * 7 & 0x7f);
    double begin = now();
    /* Packets leave spread over the 20 ms in ten parts, as they do from independent telephones. */
    for (long part = 1; part * 0.002 <= seconds; part++) {
        double due = begin + part * 0.002;
        struct timespec until = {(time_t)due, (long)((due - (time_t)due) * 1e9)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        if (part % 10 == 1) { sequence++; stamp += 160; }
        packet[2] = sequence >> 8;
        packet[3] = sequence;
        packet[4] = stamp >> 24; packet[5] = stamp >> 16; packet[6] = stamp >> 8; packet[7] = stamp;
        for (int i = part % 10; i < streams; i += 10) {
            while (recv(sockets[i], room, sizeof room, 0) > 0) received++;
            packet[10] = i >> 8;
            packet[11] = i;
            if (sendto(sockets[i], packet, sizeof packet, 0, (struct sockaddr *)&peers[i], sizeof peers[i]) > 0) sent++;
        }
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("%.4f %ld %ld\n", used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6, received, sent);
    return 0;
}
