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
import sys

HASHES = (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.sha512)


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
        for make in HASHES:
            digest = make(raw).digest()
            yield make().name, digest[:8]
            yield make().name + " in hex", digest[:8].hex().encode()
            yield make().name + " in base 64", base64.b64encode(digest)[:10]
        for shift in (0, 1):
            yield "fnv", (fnv(raw) >> shift).to_bytes(8, "big")
    yield "integer", int(number).to_bytes(6, "big")
    yield "integer", int(number).to_bytes(8, "little")
    for body in bodies:
        for text in texts(number):
            digest = hashlib.sha256(body.replace("{to}", text).encode()).digest()
            yield "digest of a body", digest[:8]
            yield "digest of a body in hex", digest[:8].hex().encode()


class Windows:
    """Is it worth looking? A bit for each three bytes that stand together somewhere."""

    def __init__(self, data):
        self.data, self.bits = data, bytearray(1 << 21)
        seen = self.bits
        for a, b, c in zip(data, data[1:], data[2:]):
            seen[a << 13 | b << 5 | c >> 3] |= 1 << (c & 7)

    def has(self, needle):
        a, b, c = needle[:3]
        if not self.bits[a << 13 | b << 5 | c >> 3] >> (c & 7) & 1:
            return False
        a, b, c = needle[-3:]
        return bool(self.bits[a << 13 | b << 5 | c >> 3] >> (c & 7) & 1) and needle in self.data


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prefix")
    parser.add_argument("digits", type=int)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--body", action="append", default=[])
    options = parser.parse_args()
    data = b"\n\n\n".join(open(path, "rb").read() for path in options.files)
    bodies = [open(path, encoding="utf-8").read().strip() for path in options.body]
    windows, found = Windows(data), 0
    for n in range(10 ** options.digits):
        number = f"{options.prefix}{n:0{options.digits}}"
        how = sorted({how for how, needle in needles(number, bodies) if windows.has(needle)})
        if how:
            found += 1
            print(number, ", ".join(how))
    print(f"{found} of {10 ** options.digits} numbers were found in {len(data)} bytes.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
