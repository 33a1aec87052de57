"""A slow and lossy link: carries IP packets between two TUN devices that it makes, A and B.

usage: impairer.py A B DELAY_MS LOSS_PERCENT SEED

Each direction has a random source of its own, so that the n-th packet of a direction meets the same fate in every run
with the same seed. The devices may be moved to other network namespaces: their file descriptors go with them. Ends with
its standard input. Needs no more than the modules of Debian's python3-minimal.
"""

import fcntl
import os
import random
import select
import struct
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
LARGEST_PACKET = 65536
# Bounds the memory of a link that is fed faster than it delivers.
QUEUE_LIMIT = 20000


def open_tun(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


class Direction:
    def __init__(self, source, target, delay, loss, seed):
        self.source = source
        self.target = target
        self.delay = delay
        self.loss = loss
        self.random = random.Random(seed)
        self.queue = deque()

    def take(self, now):
        """Reads what waits and gives each packet its fate. False when the device is gone, with its namespace."""
        while True:
            try:
                packet = os.read(self.source, LARGEST_PACKET)
            except BlockingIOError:
                return True
            except OSError:
                return False
            lost = self.random.random() < self.loss
            if lost or len(self.queue) >= QUEUE_LIMIT:
                continue
            self.queue.append((now + self.delay, packet))

    def give(self, now):
        """Writes what is due."""
        while self.queue and self.queue[0][0] <= now:
            packet = self.queue.popleft()[1]
            try:
                os.write(self.target, packet)
            except OSError:
                # The far device is down or full: a link loses such packets.
                pass


def main():
    name_a, name_b, delay_ms, loss_percent, seed = sys.argv[1:]
    delay, loss = float(delay_ms) / 1000, float(loss_percent) / 100
    a, b = open_tun(name_a), open_tun(name_b)
    out = Direction(a, b, delay, loss, int(seed) * 2)
    back = Direction(b, a, delay, loss, int(seed) * 2 + 1)
    directions = (out, back)
    stdin = sys.stdin.fileno()
    poll = select.poll()
    for descriptor in (a, b, stdin):
        poll.register(descriptor, select.POLLIN)
    print("ready", flush=True)
    while True:
        due = min((direction.queue[0][0] for direction in directions if direction.queue), default=None)
        # Rounded up by poll's millisecond: a packet is never early.
        wait = None if due is None else max(0.0, (due - time.monotonic()) * 1000)
        events = poll.poll(wait)
        now = time.monotonic()
        for descriptor, kind in events:
            if descriptor == stdin and (kind & (select.POLLHUP | select.POLLERR) or not os.read(stdin, 4096)):
                return
            for direction in directions:
                if direction.source == descriptor and not direction.take(now):
                    return
        for direction in directions:
            direction.give(now)


main()
