#!/usr/bin/env python3
"""ledger_verify: checks an export of Varco's ledger, a proof of one entry, a certificate of consent, or a dossier, without Varco.

    ledger_verify.py export ledger.jsonl --key ledger.pub [--checkpoint FILE]...
    ledger_verify.py proof proof.json    --key ledger.pub [--checkpoint FILE]
    ledger_verify.py certificate certificate.json --key ledger.pub
    ledger_verify.py dossier dossier.zip --key ledger.pub

Written from docs/ledger.md, docs/certificate.md and docs/incident.md, with the standard library and the `openssl` command for Ed25519. Exit
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
import re
import struct
import subprocess
import sys
import tempfile
import zlib

TYPES = {"consent": 1, "decision": 2, "operator": 3, "incident": 4, "checkpoint": 5, "erased": 6}
ENTRY = {"seq", "at", "time", "type", "record", "policy", "commitment", "salt", "content"}
FORMAT = "varco-ledger-export/1"
CERTIFICATE = {"format", "issued_at", "person", "consents", "acts", "messages", "messages_all", "tenant",
               "checkpoint", "key"}
PERSON = {"id", "former", "phone", "masked", "bsuid", "suppressed", "meta_stop"}
TOLD = {"consent", "kind", "template", "state", "state_at", "error_code"}  # of a message
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ED25519 = bytes.fromhex("302a300506032b6570032100")  # what stands before a raw key in DER (RFC 8410)
DASH = "\u2014 "
MOST = 128 << 20  # bytes of a dossier
NEEDED = ("README.txt", "dossier.en.html", "dossier.en.pdf", "dossier.it.html", "dossier.it.pdf", "texts/review.en.txt",
          "texts/review.it.txt", "texts/ticket.en.txt", "texts/ticket.it.txt", "dossier.json", "proofs.json",
          "ledger.pub", "tools/ledger_verify.py", "MANIFEST")


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


def listed_by(entry, where):
    """The entries that lost their content, as an entry of type erased lists them: pairs of first and last."""
    need(entry["content"] is not None, f"{where} is an erasure, and does not say of what.")
    pairs, before = read_json(entry["content"], f"What {where} commits to").get("entries"), 0
    need(isinstance(pairs, list), f"{where} does not say what was erased.")
    for pair in pairs:
        need(isinstance(pair, list) and len(pair) == 2 and all(type(n) is int for n in pair)
             and before < pair[0] <= pair[1] < entry["seq"], f"{where} does not say what was erased.")
        before = pair[1]
    return [seq for first, last in pairs for seq in range(first, last + 1)]


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
    need(entry["content"] is not None or entry["record"] is None, f"{where} stands for a record that it does not have.")
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


def read_entry(line, number, key):
    """Of one line: the entry's hash, the entry, and the checkpoint that it is, if it is one."""
    where, point = f"Entry {number}", None
    need(line.endswith("\n"), f"{where} is cut off.")
    entry = read_json(line, where)
    need(set(entry) == ENTRY, f"{where} has not the members of one.")
    need(entry["seq"] == number, f"{where} is missing.")
    leaf = leaf_of(entry, key.tenant, where)
    if entry["type"] == "checkpoint" and entry["content"] is not None:
        point = Checkpoint(entry["content"], f"The checkpoint in entry {number}")
        need(point.size < number, f"{point.where} speaks of what came after it.")
    return leaf, entry, point


def mark_erased(entry, forgotten, erased):
    """What an entry of type erased lists was forgotten, and was listed by no other."""
    where = f"Entry {entry['seq']}"
    for seq in listed_by(entry, where):
        need(seq in forgotten, f"{where} says that entry {seq} lost its content, and it is there.")
        need(seq not in erased, f"{where} says that entry {seq} lost its content, and it had none.")
        erased.add(seq)


def read_entries(file, key, points):
    """Hashes of all entries; their checkpoints are added to `points`."""
    leaves, forgotten, erased = [], set(), set()
    head = read_json(file.readline(), "The first line")
    need(head == {"format": FORMAT, "key": head.get("key")}, f"The first line is not that of {FORMAT}.")
    need(str(head["key"]).strip() == key.text, "The export bears another key.")
    for line in file:
        leaf, entry, point = read_entry(line, len(leaves) + 1, key)
        leaves.append(leaf)
        if entry["content"] is None:
            forgotten.add(entry["seq"])
        if entry["type"] == "erased":
            mark_erased(entry, forgotten, erased)
        if point:
            points.append(point)
    alone = min(forgotten - erased, default=0)
    need(not alone, f"What entry {alone} stands for was destroyed, and no erasure says so.")
    return leaves, len(forgotten)


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
    print(f"Entry {proof['seq']} is in the ledger of {point.size} entries."
          + ("" if proof["content"] is not None
             else " What it stood for was destroyed; an export shows by which erasure."))


def person_id(number):
    need(type(number) is int and 0 < number < 1 << 63, "A decision names no person.")
    return "per_" + "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def covered_entry(entry, extra, point, key, where):
    """What the entry says, or None when it was forgotten; it is in the tree of the checkpoint, if at all."""
    need(isinstance(entry, dict) and set(entry) == ENTRY | {"path"} | extra, f"{where} has not the members of one.")
    leaf = leaf_of(entry, key.tenant, where)
    covered = point is not None and entry["seq"] <= point.size
    need((entry["path"] is not None) == covered, f"{where} has no path, or one too many.")
    if covered:
        need(isinstance(entry["path"], list), f"The path of {where} is no list.")
        hashes = [unhex(h, 32, "A hash of the path") for h in entry["path"]]
        need(root_by_path(leaf, entry["seq"] - 1, point.size, hashes) == point.root,
             f"{where} is not in the ledger that the checkpoint signed.")
    return None if entry["content"] is None else read_json(entry["content"], where)


def milliseconds(text):
    told = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round((told - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)).total_seconds() * 1000)


def newest_act(acts, purpose, at, known):
    """Of the acts (by entry) that were on record at `known`, the newest that covers; a withdrawal wins a tie."""
    return max(((a["at"], a["act"] == "withdraw") for a in acts.values() if a["purpose"] in ("all", purpose)
                and a["at"] <= at and a["recorded_at"] <= known), default=None)


def check_newest(acts, purpose, at, known, seq, where):
    """Is entry `seq` (None: no entry) the newest act?"""
    named = acts.get(seq)
    need(seq is None or (named is not None and named["purpose"] in ("all", purpose)), f"{where} names no act for it.")
    need((named and (named["at"], named["act"] == "withdraw")) == newest_act(acts, purpose, at, known),
         f"{where} names another act than the newest.")


def check_standing(certificate, acts):
    need([s["purpose"] for s in certificate["consents"]] == ["marketing", "utility", "authentication"],
         "The purposes are not those of a certificate.")
    at = milliseconds(certificate["issued_at"])
    for told in certificate["consents"]:
        where = f"What is said of {told['purpose']}"
        need(set(told) == {"purpose", "act", "at", "entry"}, f"{where} has not the members of that.")
        check_newest(acts, told["purpose"], at, at, told["entry"], where)
        named = acts.get(told["entry"])
        need(told["act"] == (named and named["act"]) and (told["at"] and milliseconds(told["at"])) ==
             (named and named["at"]), f"{where} is not what the entry says.")


def verify_certificate(path, key, given):
    with open(path, encoding="utf-8") as file:
        certificate = read_json(file.read(), "The certificate")
    need(set(certificate) == CERTIFICATE and certificate["format"] == "varco-certificate/1",
         "This is not a certificate of varco-certificate/1.")
    need(str(certificate["key"]).strip() == key.text and certificate["tenant"] == key.tenant.hex(),
         "The certificate is of another ledger.")
    point = None
    if certificate["checkpoint"] is not None:
        point = Checkpoint(certificate["checkpoint"], "The checkpoint of the certificate")
        point.check(key)
    for other in given:
        other.check(key)
        need(point and point.body == other.body, f"The certificate is not under {other.where}.")
    person = certificate["person"]
    need(set(person) == PERSON, "The person has not the members of one.")
    ids = {person["id"], *person["former"]}
    acts, sends, seen = {}, [], set()
    for entry in certificate["acts"]:
        act = covered_entry(entry, set(), point, key, f"Act {len(seen) + 1}")
        need(entry["type"] == "consent" and entry["record"] in ids, "An act is somebody else's.")
        acts.update({entry["seq"]: act} if act else {})
        seen.add(entry["seq"])
    for entry in certificate["messages"]:
        decision = covered_entry(entry, TOLD, point, key, f"Entry {entry['seq']}")
        need(entry["type"] == "decision" and (decision is None or person_id(decision["person"]) in ids),
             "A message was to somebody else.")
        sends += [(entry, decision)] if decision else []
        seen.add(entry["seq"])
    need(len(seen) == len(certificate["acts"]) + len(certificate["messages"]), "An entry stands twice.")
    need(certificate["messages_all"] >= len(certificate["messages"]), "There are more messages than there are.")
    if len(acts) == len(certificate["acts"]):
        check_standing(certificate, acts)
        for entry, send in sends:
            check_newest(acts, send["purpose"], send["at"], send["at"], entry["consent"], f"Entry {entry['seq']}")
    size = point.size if point else 0
    print(f"{len(certificate['acts'])} acts and {len(certificate['messages'])} messages hold, "
          f"{sum(seq <= size for seq in seen)} of them under the checkpoint of {size} entries.")


def is_name(name):
    """1 to 64 of A-Z a-z 0-9 . _ - and / between, no part empty or of dots alone."""
    return len(name) <= 64 and all(re.fullmatch(r"[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*", part)
                                   for part in name.split("/"))


def unpack_zip(data):
    """The files of an archive in the one form that it can have: stored, one behind the other, nothing between."""
    files, at = {}, 0
    while data[at:at + 4] == b"PK\x03\x04":
        need(len(files) < 64, "The archive has too many files.")
        need(len(data) - at >= 30, "The archive is cut off.")
        sign, version, flags, method, time, date, crc, size, same, name_len, extra = struct.unpack(
            "<IHHHHHIIIHH", data[at:at + 30])
        where = f"File {len(files) + 1} of the archive"
        need((version, flags, method, extra) == (20, 0, 0, 0) and size == same, f"{where} is not as Varco writes it.")
        need(len(data) - at - 30 >= name_len + size, f"{where} is cut off.")
        try:
            name = data[at + 30:at + 30 + name_len].decode("ascii")
        except UnicodeDecodeError:
            raise Bad(f"{where} has a name that is not allowed.") from None
        need(name_len and is_name(name), f"{where} has a name that is not allowed.")
        need(name not in files, f"{name}: stands twice in the archive.")
        content = data[at + 30 + name_len:at + 30 + name_len + size]
        if not files:
            stamp = (time, date)
        need((time, date) == stamp and zlib.crc32(content) == crc,
             f"{name}: was changed, or what the archive says of it.")
        files[name] = (content, at)
        at += 30 + name_len + size
    need(files, "This is no dossier: it is no ZIP archive of ours.")
    directory = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 0x0314, 20, 0, 0, *stamp, zlib.crc32(content), len(content),
                    len(content), len(name), 0, 0, 0, 0, 0o100644 << 16, place) + name.encode()
        for name, (content, place) in files.items())
    end = struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, len(files), len(files), len(directory), at, 0)
    need(data[at:] == directory + end, "The directory of the archive was changed, or something was put behind it.")
    return {name: content for name, (content, _) in files.items()}


def check_manifest(files, key):
    """What the manifest says of the dossier: its incident and its time."""
    need(list(files)[-1] == "MANIFEST", "MANIFEST: is not in the archive.")
    body, blank, signatures = files["MANIFEST"].decode().rpartition("\n\n")
    need(blank and signatures.count("\n") == 1 and signatures.endswith("\n"), "MANIFEST: has not the form of one.")
    name, _, blob = signatures[len(DASH):-1].partition(" ")
    need(signatures.startswith(DASH) and name == key.name, "MANIFEST: is not signed by the ledger's key.")
    data = unbase64(blob, 68, "The signature of MANIFEST")
    need(data[:4] == key.hash and key.signed((body + "\n").encode(), data[4:]),
         "MANIFEST: is not signed by the ledger's key.")
    origin, title, *lines = body.split("\n")
    need(origin == key.name, "MANIFEST: is of another ledger.")
    told = title.split(" ")
    need(len(told) == 3 and told[0] == "varco-dossier/1", "MANIFEST: has not the form of one.")
    others = [(n, c) for n, c in files.items() if n != "MANIFEST"]
    for (n, content), line in zip(others, lines):
        need(line == f"{hashlib.sha256(content).hexdigest()} {len(content)} {n}", f"{n}: is not what the manifest says.")
    need(len(others) == len(lines), "MANIFEST: does not list the files that there are.")
    return told[1:]


def check_told(item, entries):
    """Does the entry say what the dossier tells of it?"""
    if item.get("entry") is None:
        need(item.get("person") is None or item["act"] is None, "dossier.json: an act is told that no entry stands for.")
        return
    need(item["entry"] in entries, f"dossier.json: entry {item['entry']} is not among the proofs.")
    entry, content = entries[item["entry"]]
    where = f"dossier.json: what is told of entry {item['entry']} is not what the entry says."
    if "person" in item:
        need(entry["type"] == "consent", where)
        if content is not None:
            need((content["act"], content["at"], content["evidence"], content["wording"]) ==
                 (item["act"], milliseconds(item["at"]), item["evidence"], item["wording"]), where)
    elif item["source"] in ("incident", "operator"):
        need(entry["type"] == item["source"] and entry["at"] == item["at"] and content is not None
             and content.get("step" if item["source"] == "incident" else "operation") == item["what"], where)


def check_draw(files, dossier):
    """The sample is the one that the seed draws, where the list of all people is there."""
    if "people.txt" not in files:
        return
    population = dossier["population"]
    need(hashlib.sha256(files["people.txt"]).hexdigest() == population["sha256"],
         "people.txt: is not the list that the dossier tells of.")
    people = files["people.txt"].decode().splitlines()
    drawn = sorted(people, key=lambda p: hashlib.sha256(f"{population['seed']}\n{p}\n".encode()).digest())
    told = [one["person"] for one in dossier["sample"]]
    need(sorted(drawn[:len(told)]) == told, "dossier.json: the sample is not the one that the seed draws.")


def verify_dossier(path, key, given):
    with open(path, "rb") as file:
        files = unpack_zip(file.read(MOST + 1))
    need(files.get("ledger.pub", b"").decode().strip() == key.text, "ledger.pub: is another key than the one that was given.")
    incident, at = check_manifest(files, key)
    for name in NEEDED:
        need(name in files, f"{name}: is not in the archive.")
    proofs = read_json(files["proofs.json"].decode(), "proofs.json")
    dossier = read_json(files["dossier.json"].decode(), "dossier.json")
    point, text = None, None
    if "checkpoint.txt" in files:
        text = files["checkpoint.txt"].decode()
        point = Checkpoint(text, "checkpoint.txt")
        point.check(key)
    for name, told in (("proofs.json", proofs), ("dossier.json", dossier)):
        need(told.get("format") == "varco-dossier/1" and told["tenant"] == key.tenant.hex()
             and told["key"] == key.text and told["checkpoint"] == text, f"{name}: is of another ledger or checkpoint.")
    for other in given:
        other.check(key)
        need(point and point.body == other.body, f"The dossier is not under {other.where}.")
    need(dossier["incident"]["id"] == incident and dossier["made_at"] == at,
         "dossier.json: is another one than the manifest speaks of.")
    entries = {}
    for entry in proofs["entries"]:
        need(isinstance(entry, dict) and entry.get("seq") not in entries, "proofs.json: an entry stands there twice.")
        content = covered_entry(entry, set(), point, key, f"proofs.json: entry {entry.get('seq')}")
        entries[entry["seq"]] = entry, content
    for item in dossier["timeline"] + dossier["sample"]:
        check_told(item, entries)
    check_draw(files, dossier)
    size = point.size if point else 0
    print(f"The dossier of {incident} holds: {len(files)} files, {len(entries)} entries, "
          f"{sum(seq <= size for seq in entries)} of them under the checkpoint of {size}.")


VERBS = {"export": verify_export, "proof": verify_proof, "certificate": verify_certificate, "dossier": verify_dossier}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=tuple(VERBS))
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
        VERBS[options.verb](options.file, key, given)
    except (Bad, OSError, UnicodeError, OverflowError, ValueError, RecursionError) as error:
        print(f"ledger_verify: {error}", file=sys.stderr)
        return 8
    except (AttributeError, KeyError, TypeError) as error:
        print(f"ledger_verify: A member is missing or of another kind: {error!r}.", file=sys.stderr)
        return 8
    return 0


if __name__ == "__main__":
    sys.exit(main())
