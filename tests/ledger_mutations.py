#!/usr/bin/env python3
"""ledger_mutations EXPORT KEY CHECKPOINT COUNT [SEED]: does to an export whatever may be done to one, COUNT times, and
wants tools/ledger_verify.py to notice each, given one later checkpoint. What the verifier found out about a line or a
signature once is remembered, so that it does the work only for what was changed, and starts no program for each."""

import contextlib
import functools
import importlib.util
import io
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("verifier", os.path.join(HERE, "../tools/ledger_verify.py"))
verifier = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verifier)


def remember(signed):
    """openssl is asked once about each signature."""
    known = {}

    def ask(key, data, signature):
        question = (key.public, data, signature)
        if question not in known:
            known[question] = signed(key, data, signature)
        return known[question]

    return ask


def as_read(lines, sound):
    """The lines that a reader of the file gets; those of `sound` need not be decoded again."""
    rest = ""
    for line in lines:
        if not rest and id(line) in sound:
            yield line
            continue
        text = (rest + line).encode("utf-8", "surrogateescape").decode("utf-8")
        *whole, rest = text.split("\n")
        yield from (part + "\n" for part in whole)
    if rest:
        yield rest


class Export:
    """As open() has it, of lines that are there already."""

    def __init__(self, lines):
        self.lines = lines

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __iter__(self):
        return self.lines

    def readline(self):
        return next(self.lines, "")


def flip_bit(lines, rng):
    """A bit of what an entry says, in a way that stays text."""
    while True:
        n = rng.randrange(1, len(lines) - 1)
        entry = json.loads(lines[n])
        name = rng.choice(sorted(entry))
        value = entry[name]
        if isinstance(value, int):
            entry[name] = value ^ 1 << rng.randrange(40)
        elif isinstance(value, str) and value:
            at = rng.randrange(len(value))
            entry[name] = value[:at] + chr(ord(value[at]) ^ 1 << rng.randrange(6)) + value[at + 1:]
        else:
            continue
        lines[n] = json.dumps(entry, separators=(",", ":"), ensure_ascii=False) + "\n"
        return f"{name} of entry {n}"


def flip_byte(lines, rng):
    """A byte of a line, whatever comes of it, unless it only writes the same in another way."""
    while True:
        n = rng.randrange(len(lines) - 1)
        data = bytearray(lines[n].encode())
        at = rng.randrange(len(data))
        data[at] ^= 1 << rng.randrange(8)
        text = data.decode("utf-8", "surrogateescape")
        try:
            if json.loads(text) == json.loads(lines[n]) and text.count("\n") == 1:
                continue
        except ValueError:
            pass
        lines[n] = text
        return f"byte {at} of line {n + 1}"


def delete(lines, rng):
    n = rng.randrange(len(lines) - 1)
    del lines[n]
    return f"line {n + 1} is gone"


def close_up(lines, rng):
    """As if an entry had never been: those behind it are numbered anew."""
    n = rng.randrange(1, len(lines) - 1)
    del lines[n]
    for i in range(n, len(lines)):
        lines[i] = lines[i].replace(f'"seq":{i + 1},', f'"seq":{i},', 1)
    return f"entry {n} closed up"


def insert(lines, rng):
    n, other = rng.randrange(1, len(lines) - 1), rng.randrange(1, len(lines) - 1)
    lines.insert(n, lines[other])
    return f"entry {other} again before {n}"


def swap(lines, rng):
    """Two entries change places, and bear each other's number."""
    one, other = rng.sample(range(1, len(lines) - 1), 2)
    first = lines[one].replace(f'"seq":{one},', f'"seq":{other},', 1)
    lines[one] = lines[other].replace(f'"seq":{other},', f'"seq":{one},', 1)
    lines[other] = first
    return f"entries {one} and {other} exchanged"


def truncate(lines, rng):
    n = rng.randrange(1, len(lines) - 1)
    del lines[n:]
    return f"cut off behind {n - 1}"


def cut_text(lines, rng):
    text = "".join(lines)
    end = rng.randrange(len(text) - len(lines[-1]))
    lines[:] = text[:end].splitlines(keepends=True)
    return f"cut off behind byte {end}"


def forget(lines, rng):
    """A record is destroyed, and nobody says so."""
    while True:
        n = rng.randrange(1, len(lines) - 1)
        entry = json.loads(lines[n])
        if entry["content"] is None:
            continue
        entry.update(record=None, salt=None, content=None)
        lines[n] = json.dumps(entry, separators=(",", ":"), ensure_ascii=False) + "\n"
        return f"entry {n} forgotten"


MUTATIONS = [forget, flip_bit, flip_bit, flip_byte, delete, close_up, insert, swap, truncate, cut_text]


def holds(lines, sound, key, point):
    verifier.open = lambda path, *a, **b: open(path, *a, **b) if path else Export(as_read(lines, sound))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            verifier.verify_export("", key, [point])
    except (verifier.Bad, UnicodeError, OverflowError, ValueError):
        return False
    return True


def main():
    export, key_file, point_file, count = sys.argv[1:5]
    rng = random.Random(sys.argv[5] if len(sys.argv) > 5 else "20261122")
    verifier.Key.signed = remember(verifier.Key.signed)
    with open(key_file, encoding="utf-8") as file:
        text = file.read().strip()
    key = verifier.Key(text)
    key.text = text
    with open(point_file, encoding="utf-8", newline="\n") as file:
        point = verifier.Checkpoint(file.read(), "the checkpoint")
    with open(export, encoding="utf-8", newline="\n") as file:
        sound = list(file)[:point.size + 2]  # what came later is not under it
    verifier.read_entry = functools.lru_cache(3 * len(sound))(verifier.read_entry)
    verifier.node = functools.lru_cache(3 * len(sound))(verifier.node)
    known = {id(line) for line in sound}
    if not holds(sound, known, key, point):
        sys.exit("the export does not hold as it is")
    for _ in range(int(count)):
        lines = list(sound)
        what = rng.choice(MUTATIONS)(lines, rng)
        if holds(lines, known, key, point):
            sys.exit(f"not noticed: {what}")
    print(f"{count} mutations of {len(sound) - 1} entries were noticed")


main()
