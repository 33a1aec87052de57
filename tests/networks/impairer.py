"""A slow and lossy link: carries IP packets between two TUN devices that it makes, A and B.

usage: impairer.py A B DELAY_MS LOSS_PERCENT SEED

Each direction has a random source of its own, so that the n-th packet of a direction meets the same fate in every run
with the same seed. The devices may be moved to other network namespaces: their file descriptors go with them. Ends with
its standard input. A line of JSON there changes what it does from now on, per direction ("out" is from A to B), and is
answered by a line with what each direction did so far:

  {"out": {"delayMs": 0, "jitterMs": 0, "lossPercent": 0, "burst": {"enter": 0, "leave": 1}, "rateKbps": 0, "queueMs": 0,
           "corrupt": false}, "back": {...}}

"ports" beside the two says by what mask the source ports of UDP packets over IPv4 are changed on their way out, and those
that answers come to on their way back: a router at A that has forgotten what it translated, and begins anew.

Jitter is a further delay of each packet of its own, evenly spread, so that packets overtake each other. A burst loses
everything from a packet on (chance `enter`) until another one (chance `leave`). A rate lets packets wait for up to
`queueMs`, and loses what would wait longer. `corrupt` flips a bit at the end of every SRTP packet. Goes before all that is
not real-time, where it may: a busy machine is no queue in the network. Needs no more than the modules of Debian's
python3-minimal.
"""

import errno
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
MOST_ATTEMPTS = 20
UDP = 17


def open_tun(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI)
    for attempt in range(MOST_ATTEMPTS):
        try:
            fcntl.ioctl(descriptor, TUNSETIFF, request)
            return descriptor
        except OSError as error:
            # Seen once on a loaded machine, in a namespace that had just been made and held no other device.
            if error.errno != errno.EBUSY or attempt == MOST_ATTEMPTS - 1:
                raise
            time.sleep(0.05)


def go_first():
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        # Not for everybody to have, and in some containers not for root.
        pass


def corrupted(packet):
    """The packet with its last bit flipped, where it is SRTP over UDP and IPv4 (RFC 7983); else None."""
    if len(packet) < 41 or packet[0] != 0x45 or packet[9] != UDP:
        return None
    first, second = packet[28], packet[29] & 0x7F
    if not 128 <= first <= 191 or 64 <= second <= 95:
        return None
    changed = bytearray(packet)
    changed[-1] ^= 1
    # No checksum (RFC 768): what was changed on the way would not reach the application otherwise.
    changed[26:28] = b"\0\0"
    return bytes(changed)


def renumbered(packet, at, mask):
    """The packet with one of its UDP ports changed; as it is where it is not the start of UDP over IPv4."""
    if len(packet) < 28 or packet[0] != 0x45 or packet[9] != UDP or packet[6] & 0x1F or packet[7]:
        return packet
    changed = bytearray(packet)
    changed[at] ^= mask >> 8
    changed[at + 1] ^= mask & 0xFF
    changed[26:28] = b"\0\0"
    return bytes(changed)


class Direction:
    def __init__(self, source, target, delay_ms, loss_percent, seed, port_at):
        self.source = source
        self.target = target
        self.random = random.Random(seed)
        self.queue = []
        self.order = 0
        self.in_burst = False
        self.free_at = 0.0
        # Of the UDP port that belongs to the inner end.
        self.port_at = port_at
        self.mask = 0
        self.counts = {"passed": 0, "lost": 0, "overflowed": 0, "corrupted": 0}
        self.change({"delayMs": delay_ms, "lossPercent": loss_percent})

    def change(self, rule):
        self.delay = float(rule.get("delayMs", 0)) / 1000
        self.jitter = float(rule.get("jitterMs", 0)) / 1000
        self.loss = float(rule.get("lossPercent", 0)) / 100
        burst = rule.get("burst", {})
        self.enter, self.leave = float(burst.get("enter", 0)), float(burst.get("leave", 1))
        self.rate = float(rule.get("rateKbps", 0)) * 1000 / 8
        self.longest = float(rule.get("queueMs", 0)) / 1000
        self.corrupt = bool(rule.get("corrupt", False))
        self.in_burst = False
        self.free_at = 0.0

    def is_lost(self):
        lost = self.random.random() < self.loss
        if self.enter > 0:
            self.in_burst = self.random.random() >= self.leave if self.in_burst else self.random.random() < self.enter
        return lost or self.in_burst

    def take(self, now):
        """Reads what waits and gives each packet its fate. False when the device is gone, with its namespace."""
        while True:
            try:
                packet = os.read(self.source, LARGEST_PACKET)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if self.is_lost() or len(self.queue) >= QUEUE_LIMIT:
                self.counts["lost"] += 1
                continue
            due = now + self.delay + (self.random.random() * self.jitter if self.jitter > 0 else 0)
            if self.mask:
                packet = renumbered(packet, self.port_at, self.mask)
            if self.rate > 0:
                sent = max(now, self.free_at) + len(packet) / self.rate
                if sent - now > self.longest:
                    self.counts["overflowed"] += 1
                    continue
                self.free_at = sent
                due += sent - now
            if self.corrupt:
                changed = corrupted(packet)
                if changed is not None:
                    packet = changed
                    self.counts["corrupted"] += 1
            self.order += 1
            heapq.heappush(self.queue, (due, self.order, packet))

    def give(self, now):
        """Writes what is due."""
        while self.queue and self.queue[0][0] <= now:
            packet = heapq.heappop(self.queue)[2]
            self.counts["passed"] += 1
            try:
                os.write(self.target, packet)
            except OSError:
                # The far device is down or full: a link loses such packets.
                pass


def obey(line, out, back):
    rules = json.loads(line)
    if "out" in rules:
        out.change(rules["out"])
    if "back" in rules:
        back.change(rules["back"])
    if "ports" in rules:
        out.mask = back.mask = int(rules["ports"])
    print(json.dumps({"out": out.counts, "back": back.counts}), flush=True)


def main():
    name_a, name_b, delay_ms, loss_percent, seed = sys.argv[1:]
    a, b = open_tun(name_a), open_tun(name_b)
    go_first()
    out = Direction(a, b, delay_ms, loss_percent, int(seed) * 2, 20)
    back = Direction(b, a, delay_ms, loss_percent, int(seed) * 2 + 1, 22)
    directions = (out, back)
    stdin = sys.stdin.fileno()
    said = b""
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
            if descriptor == stdin:
                chunk = os.read(stdin, 4096) if kind & select.POLLIN else b""
                if chunk == b"":
                    return
                *lines, said = (said + chunk).split(b"\n")
                for line in lines:
                    obey(line, out, back)
            for direction in directions:
                if direction.source == descriptor and not direction.take(now):
                    return
        for direction in directions:
            direction.give(now)


main()
