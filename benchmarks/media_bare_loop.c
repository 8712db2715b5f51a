/* The least that two-way RTP can cost: for each stream one socket, every 20 ms one recv of each and one send.
 * Arguments: streams, seconds, first port of ours, first port of the peer (both on 127.0.0.1).
 * Prints: CPU seconds, packets received, packets sent, lateness of the worst tick in ms. */
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
    if (argc < 5) return 2;
    int streams = atoi(argv[1]), ours = atoi(argv[3]), theirs = atoi(argv[4]);
    double seconds = atof(argv[2]);
    int *sockets = calloc(streams, sizeof *sockets);
    struct sockaddr_in *peers = calloc(streams, sizeof *peers);
    unsigned char packet[172] = {0x80, 0}, room[2048];
    unsigned sequence = 0, stamp = 0;
    long received = 0, sent = 0;
    for (int i = 0; i < streams; i++) {
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(ours + i)};
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (sockets[i] < 0 || bind(sockets[i], (struct sockaddr *)&name, sizeof name)) { perror("bind"); return 1; }
        peers[i] = name;
        peers[i].sin_port = htons(theirs + i);
    }
    memset(packet + 12, 0xff, 160);
    double begin = now(), worst = 0;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (long tick = 1; tick * 0.02 <= seconds; tick++) {
        double due = begin + tick * 0.02;
        struct timespec until = {(time_t)due, (long)((due - (time_t)due) * 1e9)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        double late = now() - due;
        if (late > worst) worst = late;
        sequence++;
        stamp += 160;
        packet[2] = sequence >> 8;
        packet[3] = sequence;
        packet[4] = stamp >> 24; packet[5] = stamp >> 16; packet[6] = stamp >> 8; packet[7] = stamp;
        for (int i = 0; i < streams; i++) {
            while (recv(sockets[i], room, sizeof room, 0) > 0) received++;
            packet[10] = i >> 8;
            packet[11] = i;
            if (sendto(sockets[i], packet, sizeof packet, 0, (struct sockaddr *)&peers[i], sizeof peers[i]) > 0) sent++;
        }
    }
    getrusage(RUSAGE_SELF, &after);
    double cpu = after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec
        + (after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec) * 1e-6;
    printf("%.4f %ld %ld %.3f\n", cpu, received, sent, worst * 1000);
    return 0;
}
