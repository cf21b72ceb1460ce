#!/usr/bin/env python3
"""dossier_mutations DOSSIER KEY COUNT [SEED]: does to a dossier whatever may be done to a file, COUNT times, and wants
tools/ledger_verify.py to notice each; then puts hostile archives in its place: inflated, endless, with names that lead
elsewhere."""

import contextlib
import importlib.util
import io
import os
import random
import struct
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("verifier", os.path.join(HERE, "../tools/ledger_verify.py"))
verifier = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verifier)

# What main() of the verifier answers with exit code 8.
REFUSALS = (verifier.Bad, UnicodeError, OverflowError, ValueError, RecursionError, AttributeError, KeyError, TypeError)


def holds(path, key, data):
    with open(path, "wb") as file:
        file.write(data)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            verifier.verify_dossier(path, key, [])
        return True
    except REFUSALS:
        return False


def mutate(data, dice):
    at = dice.randrange(len(data))
    end = min(len(data), at + dice.randrange(1, 200))
    other = dice.randrange(len(data))
    return dice.choice((
        lambda: data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:],
        lambda: data[:at] + data[end:],
        lambda: data[:at] + data[at:end] + data[at:],
        lambda: data[:at],
        lambda: data[:at] + bytes(end - at) + data[end:] if data[at:end].strip(b"\0") else data + b"\0",
        lambda: data[:other] + data[at:end] + data[other:],
        lambda: data + data[at:end],
        lambda: dice.randbytes(end - at) + data,
    ))()


def packed(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def hostile(data):
    """Archives that other programs would open."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    bomb = ("dossier.json", bytes(64 << 20))
    yield "packed by another program", packed(files)
    yield "deflated", packed(files, compression=zipfile.ZIP_DEFLATED)
    yield "a bomb", packed([bomb] + files, compression=zipfile.ZIP_DEFLATED)
    yield "a name that leads out", packed([("../../etc/passwd", b"x")] + files)
    yield "an absolute name", packed([("/etc/passwd", b"x")] + files)
    yield "twice the same", packed(files + files[:1])
    yield "a size that is a lie", data[:18] + struct.pack("<II", 0xffffffff, 0xffffffff) + data[26:]
    yield "something in front", b"#!/bin/sh\n" + data
    yield "nothing", b""
    yield "an end alone", data[-22:]


def main(path, key_path, count, seed="1"):
    with open(key_path, encoding="utf-8") as file:
        text = file.read().strip()
    key = verifier.Key(text)
    key.text = text
    with open(path, "rb") as file:
        data = file.read()
    dice = random.Random(int(seed))
    with tempfile.TemporaryDirectory() as folder:
        changed = os.path.join(folder, "changed.zip")
        if not holds(changed, key, data):
            sys.exit("the dossier itself does not hold")
        missed = [i for i in range(int(count)) if holds(changed, key, mutate(data, dice))]
        missed += [name for name, other in hostile(data) if holds(changed, key, other)]
    if missed:
        sys.exit(f"not noticed: {missed}")
    print(f"{count} mutations, all noticed")


if __name__ == "__main__":
    main(*sys.argv[1:])
