"""A slow and lossy link: carries IP packets between two TUN devices that it makes, A and B.

usage: impairer.py A B '{"delayMs": 150, "lossPercent": 10, "jitterMs": 0, "seed": 1}'

Each direction has a random source of its own, so that the n-th packet of a direction meets the same fate in every run
with the same seed. The devices may be moved to other network namespaces: their file descriptors go with them. Ends with
its standard input, and writes what it carried and lost as one line of JSON.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

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
    def __init__(self, source, target, rule, seed):
        self.source = source
        self.target = target
        self.rule = rule
        self.random = random.Random(seed)
        self.queue = []
        self.order = 0
        self.carried = 0
        self.lost = 0

    def take(self, now):
        """Reads what waits and gives each packet its fate. False when the device is gone, with its namespace."""
        while True:
            try:
                packet = os.read(self.source, LARGEST_PACKET)
            except BlockingIOError:
                return True
            except OSError:
                return False
            dropped = self.random.random() * 100 < self.rule["lossPercent"]
            delay = self.rule["delayMs"] + self.random.random() * self.rule.get("jitterMs", 0)
            if dropped or len(self.queue) >= QUEUE_LIMIT:
                self.lost += 1
                continue
            self.order += 1
            heapq.heappush(self.queue, (now + delay / 1000, self.order, packet))

    def give(self, now):
        """Writes what is due."""
        while self.queue and self.queue[0][0] <= now:
            packet = heapq.heappop(self.queue)[2]
            try:
                os.write(self.target, packet)
                self.carried += 1
            except OSError:
                # The far device is down or full: a link loses such packets.
                self.lost += 1


def main():
    name_a, name_b, rule_text = sys.argv[1:]
    rule = json.loads(rule_text)
    a, b = open_tun(name_a), open_tun(name_b)
    # Out leads from A to B.
    out = Direction(a, b, rule, rule["seed"] * 2)
    back = Direction(b, a, rule, rule["seed"] * 2 + 1)
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
                facts = {"carried": [d.carried for d in directions], "lost": [d.lost for d in directions]}
                print(json.dumps(facts), flush=True)
                return
            for direction in directions:
                if direction.source == descriptor and not direction.take(now):
                    return
        for direction in directions:
            direction.give(now)


main()
