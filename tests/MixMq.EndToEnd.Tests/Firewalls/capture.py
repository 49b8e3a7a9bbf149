#!/usr/bin/env python3
"""Writes every IPv4 packet that arrives at an interface of this network namespace to a pcap file, before a firewall's rules see it.

    capture.py FILE

Prints "capturing" once it does, stops when its standard input ends, and prints how many packets it wrote and how many the kernel dropped because they came
too fast. A program of its own because tcpdump wants to become another user, which a user namespace of an ordinary user doesn't allow. Reads the kernel's
ring of variable blocks (linux/if_packet.h, TPACKET_V3): a socket's queue is too short for the large segments of a virtual wire.
"""
import mmap
import select
import socket
import struct
import sys

SOL_PACKET, PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION = 263, 5, 6, 10
TPACKET_V3, STATUS_KERNEL, STATUS_USER = 2, 0, 1
ETH_P_IP = 0x0800
# The kernel closes a block when it is full or when its time is over, whatever is in it: 24 MiB, or 12 s during which nobody reads on a loaded machine.
BLOCK_BYTES, BLOCKS, FRAME_BYTES, RETIRE_MS = 1 << 19, 48, 2048, 250
PCAP_NANOSECONDS, LINKTYPE_RAW, SNAP_BYTES = 0xA1B23C4D, 101, 1 << 18

# Only arriving packets come to a socket of one protocol; SOCK_DGRAM leaves the link's header out.
ring_socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
ring_socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
frames = BLOCK_BYTES // FRAME_BYTES * BLOCKS
ring_socket.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack("7I", BLOCK_BYTES, BLOCKS, FRAME_BYTES, frames, RETIRE_MS, 0, 0))
ring = mmap.mmap(ring_socket.fileno(), BLOCK_BYTES * BLOCKS, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)

written = 0
block = 0
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", PCAP_NANOSECONDS, 2, 4, 0, 0, SNAP_BYTES, LINKTYPE_RAW))
    file.flush()
    print("capturing", flush=True)
    poll = select.poll()
    poll.register(ring_socket, select.POLLIN)
    poll.register(0, select.POLLIN)
    stopping = False
    while True:
        at = block * BLOCK_BYTES
        status, count, offset = struct.unpack_from("III", ring, at + 8)
        if status & STATUS_USER:
            at += offset
            for _ in range(count):
                following, seconds, nanoseconds, kept, length, _, _, network = struct.unpack_from("6I2H", ring, at)
                file.write(struct.pack("<IIII", seconds, nanoseconds, kept, length))
                file.write(ring[at + network:at + network + kept])
                at += following
            written += count
            struct.pack_into("I", ring, block * BLOCK_BYTES + 8, STATUS_KERNEL)
            block = (block + 1) % BLOCKS
            continue
        if stopping:
            # What has arrived is handed over within the block's time; after two of them there is no more.
            if not poll.poll(4 * RETIRE_MS):
                break
            continue
        for descriptor, _ in poll.poll():
            if descriptor == 0:
                stopping = True
                poll.unregister(0)

packets, dropped = struct.unpack("3I", ring_socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12))[:2]
print(written, dropped, flush=True)
