#!/usr/bin/env python3
"""ledger_verify: checks an export of Varco's ledger, or a proof of one entry, without Varco.

    ledger_verify.py export ledger.jsonl --key ledger.pub [--checkpoint FILE]...
    ledger_verify.py proof proof.json    --key ledger.pub [--checkpoint FILE]

Written from docs/ledger.md, with the standard library and the `openssl` command for Ed25519. Exit
code 0: it holds. 8: it does not, and the first reason is printed. 2: it was called wrongly.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile

TYPES = {"consent": 1, "decision": 2, "operator": 3, "incident": 4, "checkpoint": 5}
ENTRY = {"seq", "at", "time", "type", "record", "policy", "commitment", "salt", "content"}
FORMAT = "varco-ledger-export/1"
ED25519 = bytes.fromhex("302a300506032b6570032100")  # what stands before a raw key in DER (RFC 8410)
DASH = "\u2014 "


class Bad(Exception):
    """What does not hold, as a sentence."""


def need(condition, sentence):
    if not condition:
        raise Bad(sentence)


def plain_object(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "A member stands twice in an object.")
    return dict(pairs)


def read_json(text, where):
    try:
        value = json.loads(text, object_pairs_hook=plain_object)
    except (ValueError, RecursionError):
        raise Bad(f"{where} is no JSON.") from None
    need(isinstance(value, dict), f"{where} is no object.")
    return value


def hashes_of(proof, name):
    found = proof.get(name)
    need(isinstance(found, list), f"The {name} of the proof is missing.")
    return [unhex(text, 32, f"A hash of the {name}") for text in found]


def unhex(text, length, where):
    need(isinstance(text, str) and len(text) == 2 * length
         and all(c in "0123456789abcdef" for c in text), f"{where} is not {length} bytes in hex.")
    return bytes.fromhex(text)


def unbase64(text, length, where):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Bad(f"{where} is no base 64.") from None
    need(len(data) == length and base64.b64encode(data).decode() == text,
         f"{where} is not {length} bytes in base 64.")
    return data


class Key:
    """A verifier key: name+hash+key."""

    def __init__(self, text):
        parts = text.strip().split("+", 2)
        need(len(parts) == 3, "The verifier key is not name+hash+key.")
        self.name, told, key = parts
        raw = unbase64(key, 33, "The verifier key")
        need(raw[0] == 1, "The verifier key is not of Ed25519.")
        self.public = raw[1:]
        self.hash = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        need(told == self.hash.hex(), "The verifier key is damaged.")
        origin, _, tenant = self.name.partition("/")
        need(origin == "varco-ledger", "The verifier key is not of a ledger.")
        self.tenant = unhex(tenant, 16, "The name of the ledger")

    def signed(self, data, signature):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("key", "data", "signature")]
            for path, content in zip(paths, (ED25519 + self.public, data, signature)):
                with open(path, "wb") as file:
                    file.write(content)
            done = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0],
                 "-rawin", "-in", paths[1], "-sigfile", paths[2]],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return done.returncode == 0


class Checkpoint:
    """A signed note."""

    def __init__(self, text, where):
        need(len(text.encode()) <= 4096, f"{where} is too long.")
        body, blank, signatures = text.rpartition("\n\n")
        lines = body.split("\n")
        need(blank and len(lines) >= 3 and signatures.endswith("\n"), f"{where} has not the form of one.")
        self.where, self.body, self.signatures = where, (body + "\n").encode(), signatures
        self.origin, size = lines[:2]
        need(size.isascii() and size.isdigit() and str(int(size)) == size, f"{where} has no size.")
        self.size = int(size)
        self.root = unbase64(lines[2], 32, f"The root of {where}")

    def check(self, key):
        need(self.origin == key.name, f"{self.where} is of another ledger.")
        for line in self.signatures.split("\n")[:-1]:
            name, _, blob = line[len(DASH):].partition(" ")
            if not line.startswith(DASH) or name != key.name:
                continue
            try:
                data = unbase64(blob, 68, "A signature")
            except Bad:
                continue
            if data[:4] == key.hash and key.signed(self.body, data[4:]):
                return
        raise Bad(f"{self.where} is not signed by the ledger's key.")


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Hashes of complete subtrees, the largest first, each with how many leaves it has."""

    def __init__(self):
        self.peaks = []

    def add(self, leaf):
        self.peaks.append((1, leaf))
        while len(self.peaks) > 1 and self.peaks[-2][0] == self.peaks[-1][0]:
            (size, left), (_, right) = self.peaks[-2:]
            self.peaks[-2:] = [(2 * size, node(left, right))]

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        found = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            found = node(left, found)
        return found


def root_by_path(leaf, index, size, path):
    """The root that a path leads to, from the definition: which half is the leaf in?"""
    if size == 1:
        need(not path, "The path is too long.")
        return leaf
    need(path, "The path is too short.")
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return node(root_by_path(leaf, index, half, path[:-1]), path[-1])
    return node(path[-1], root_by_path(leaf, index - half, size - half, path[:-1]))


def roots_by_history(old, size, whole, old_root, path):
    """The old and the new root that a history leads to; `whole`: the old tree is all of this one."""
    if old == size:
        if whole:
            need(not path, "The history is too long.")
            return old_root, old_root
        need(len(path) == 1, "The history has a wrong length.")
        return path[0], path[0]
    need(path, "The history is too short.")
    half = 1 << (size - 1).bit_length() - 1
    if old <= half:
        older, newer = roots_by_history(old, half, whole, old_root, path[:-1])
        return older, node(newer, path[-1])
    older, newer = roots_by_history(old - half, size - half, False, old_root, path[:-1])
    return node(path[-1], older), node(path[-1], newer)


def record_of(entry, where):
    """What the content says that the entry stands for."""
    kind, content = entry["type"], entry["content"]
    if kind == "checkpoint":
        return f"checkpoint {Checkpoint(content, where).size}"
    if kind not in ("decision", "consent"):
        return None
    return read_json(content, f"What {where} commits to").get("decision" if kind == "decision" else "person")


def leaf_of(entry, tenant, where):
    """The entry's hash, after what it says of itself was held against its content."""
    seq, time, policy = entry["seq"], entry["time"], entry["policy"]
    need(type(seq) is int and 0 < seq < 1 << 63 and type(time) is int and -1 << 63 <= time < 1 << 63
         and isinstance(policy, str) and len(policy.encode()) < 64
         and isinstance(entry["type"], str) and entry["type"] in TYPES,
         f"{where} has not the form of one.")
    commitment = unhex(entry["commitment"], 32, f"The commitment of {where}")
    told = datetime.datetime.fromtimestamp(time // 1000, datetime.timezone.utc)
    need(entry["at"] in (f"{told:%Y-%m-%dT%H:%M:%S}Z", f"{told:%Y-%m-%dT%H:%M:%S}.{time % 1000:03}Z"),
         f"{where} tells its time in two ways.")
    need((entry["salt"] is None) == (entry["content"] is None), f"{where} is half forgotten.")
    if entry["content"] is not None:
        salt = unhex(entry["salt"], 32, f"The salt of {where}")
        need(isinstance(entry["content"], str), f"What {where} commits to is no text.")
        mac = hmac.new(salt, entry["content"].encode(), hashlib.sha256).digest()
        need(mac == commitment, f"{where} was changed, or what it stands for.")
        need(entry["record"] == record_of(entry, where), f"{where} stands for another record.")
    name = policy.encode()
    data = (bytes([1, TYPES[entry["type"]]]) + seq.to_bytes(8, "big") + time.to_bytes(8, "big", signed=True)
            + tenant + bytes([len(name)]) + name + commitment)
    return hashlib.sha256(b"\x00" + data).digest()


def read_entries(file, key, points):
    """Hashes of all entries; their checkpoints are added to `points`."""
    leaves, forgotten = [], 0
    head = read_json(file.readline(), "The first line")
    need(head == {"format": FORMAT, "key": head.get("key")}, f"The first line is not that of {FORMAT}.")
    need(str(head["key"]).strip() == key.text, "The export bears another key.")
    for line in file:
        where = f"Entry {len(leaves) + 1}"
        need(line.endswith("\n"), f"{where} is cut off.")
        entry = read_json(line, where)
        need(set(entry) == ENTRY, f"{where} has not the members of one.")
        need(entry["seq"] == len(leaves) + 1, f"{where} is missing.")
        leaves.append(leaf_of(entry, key.tenant, where))
        forgotten += entry["content"] is None
        if entry["type"] == "checkpoint" and entry["content"] is not None:
            point = Checkpoint(entry["content"], f"The checkpoint in entry {entry['seq']}")
            need(point.size < entry["seq"], f"{point.where} speaks of what came after it.")
            points.append(point)
    return leaves, forgotten


def verify_export(path, key, given):
    points = list(given)
    with open(path, encoding="utf-8", newline="\n") as file:
        leaves, forgotten = read_entries(file, key, points)
    tree, done = Tree(), 0
    for point in sorted(points, key=lambda p: p.size):
        point.check(key)
        need(point.size <= len(leaves),
             f"The ledger was cut off or rolled back: {point.where} speaks of {point.size} entries, "
             f"and there are {len(leaves)}.")
        for leaf in leaves[done:point.size]:
            tree.add(leaf)
        need(tree.root() == point.root,
             f"One or more of the entries up to {point.size} are not those that {point.where} signed.")
        done = point.size
    print(f"{len(leaves)} entries hold, {done} of them under a checkpoint; {len(points)} checkpoints hold; "
          f"{forgotten} records are forgotten.")


def verify_proof(path, key, given):
    with open(path, encoding="utf-8") as file:
        proof = read_json(file.read(), "The proof")
    need(set(proof) - {"since", "history"} == ENTRY | {"tenant", "path", "checkpoint", "key"},
         "The proof has not the members of one.")
    need(str(proof["key"]).strip() == key.text and proof["tenant"] == key.tenant.hex(),
         "The proof is of another ledger.")
    need(isinstance(proof["checkpoint"], str), "The checkpoint of the proof is no text.")
    point = Checkpoint(proof["checkpoint"], "The checkpoint of the proof")
    point.check(key)
    leaf = leaf_of(proof, key.tenant, f"Entry {proof['seq']}")
    need(proof["seq"] <= point.size, "The checkpoint does not reach as far as the entry.")
    need(root_by_path(leaf, proof["seq"] - 1, point.size, hashes_of(proof, "path")) == point.root,
         "The entry is not in the ledger that the checkpoint signed.")
    for older in given:
        older.check(key)
        need(proof.get("since") == older.size, f"The proof says nothing since {older.where}.")
        need(0 < older.size <= point.size, f"{older.where} is the newer one.")
        roots = roots_by_history(older.size, point.size, True, older.root, hashes_of(proof, "history"))
        need(roots == (older.root, point.root), f"The ledger has another history than {older.where}.")
    print(f"Entry {proof['seq']} is in the ledger of {point.size} entries.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("export", "proof"))
    parser.add_argument("file")
    parser.add_argument("--key", required=True, help="file with the verifier key, ledger.pub")
    parser.add_argument("--checkpoint", action="append", default=[], help="checkpoint that was kept")
    options = parser.parse_args()
    try:
        with open(options.key, encoding="utf-8") as file:
            text = file.read().strip()
        key = Key(text)
        key.text = text
        given = []
        for path in options.checkpoint:
            with open(path, encoding="utf-8", newline="\n") as file:
                given.append(Checkpoint(file.read(), path))
        (verify_export if options.verb == "export" else verify_proof)(options.file, key, given)
    except (Bad, OSError, UnicodeError, OverflowError, ValueError) as error:
        print(f"ledger_verify: {error}", file=sys.stderr)
        return 8
    return 0


if __name__ == "__main__":
    sys.exit(main())
