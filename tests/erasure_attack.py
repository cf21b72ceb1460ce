#!/usr/bin/env python3
"""erasure_attack: who is in these files? All telephone numbers of one prefix are tried against every byte of them.

    erasure_attack.py PREFIX DIGITS [--body FILE]... FILE...

PREFIX: of the numbers, as in 39333123; DIGITS: how many more each has. The attacker has the files and no key, knows how
the store is written, and may know bodies of messages (with {to} in the place of the number). Tried are the number as text
(three alphabets, base 64 as in Meta's message ids, hex), as an integer, and plain hashes of it and of the bodies, also when
cut to eight bytes. One line for each number that is found, and how.
"""

import argparse
import base64
import hashlib
import multiprocessing
import os
import sys

OPTIONS = argparse.Namespace()
HASHES = [(make, name, name + " in hex", name + " in base 64") for make, name in (
    (hashlib.sha256, "sha256"), (hashlib.sha1, "sha1"), (hashlib.md5, "md5"), (hashlib.sha512, "sha512"))]


def fnv(text):
    value = 0xcbf29ce484222325
    for byte in text:
        value = (value ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return value


def texts(number):
    return (number, "+" + number)


def base64_cores(data):
    """What base 64 of the data looks like in the middle of something longer, at the three places it may begin."""
    for pad in range(3):
        whole = base64.b64encode(b"\0" * pad + data)
        first, last = -(-pad * 8 // 6), (pad + len(data)) * 8 // 6
        yield whole[first:last]


def needles(number, bodies):
    """(how, bytes) of everything that would give the number away."""
    for text in texts(number):
        raw = text.encode()
        yield "text", raw
        yield "utf-16", text.encode("utf-16-le")
        yield "hex", raw.hex().encode()
        for core in base64_cores(raw):
            yield "base 64", core
        for make, plain, in_hex, in_base64 in HASHES:
            digest = make(raw).digest()
            yield plain, digest[:8]
            yield in_hex, digest[:8].hex().encode()
            yield in_base64, base64.b64encode(digest[:9])[:10]
        value = fnv(raw)
        for shift in (0, 1):
            yield "fnv", (value >> shift).to_bytes(8, "big")
    yield "integer", int(number).to_bytes(6, "big")
    yield "integer", int(number).to_bytes(8, "little")
    for body in bodies:
        for text in texts(number):
            digest = hashlib.sha256(body.replace("{to}", text).encode()).digest()
            yield "digest of a body", digest[:8]
            yield "digest of a body in hex", digest[:8].hex().encode()


SHORTEST = 6  # of the needles


class Windows:
    """All that stands together somewhere, as long as the shortest needle: few others need looking for."""

    def __init__(self, data):
        self.data = data
        self.seen = {data[i:i + SHORTEST] for i in range(len(data) - SHORTEST + 1)}

    def has(self, needle):
        return needle[-SHORTEST:] in self.seen and needle[:SHORTEST] in self.seen and needle in self.data


def attack(task):
    """The numbers from n on, one in `step`."""
    n, step = task
    found = []
    for i in range(n, 10 ** OPTIONS.digits, step):
        number = f"{OPTIONS.prefix}{i:0{OPTIONS.digits}}"
        how = sorted({how for how, needle in needles(number, OPTIONS.bodies) if OPTIONS.windows.has(needle)})
        if how:
            found.append((number, ", ".join(how)))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prefix")
    parser.add_argument("digits", type=int)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--body", action="append", default=[])
    parser.parse_args(namespace=OPTIONS)
    data = b"\n\n\n".join(open(path, "rb").read() for path in OPTIONS.files)
    OPTIONS.bodies = [open(path, encoding="utf-8").read().strip() for path in OPTIONS.body]
    OPTIONS.windows = Windows(data)
    jobs = os.cpu_count() or 1
    # The processes share what was read, because they are forked.
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        found = sorted(sum(pool.map(attack, [(n, jobs) for n in range(jobs)]), []))
    for number, how in found:
        print(number, how)
    print(f"{len(found)} of {10 ** OPTIONS.digits} numbers were found in {len(data)} bytes.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
