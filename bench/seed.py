"""A store as it is after a quarter: 1 M people, millions of decisions over 90 days, campaigns, incidents and what comes with them.

People, campaigns, incidents and a few hundred sends of every kind go through the API. What would take days is then
written into the tables of the stopped gateway: each decision is the copy of one that it recorded itself (same app's rules, findings,
mode and policy) with a moment, a person, a number and an outcome of its own, its entry of the ledger, and its part of
what is counted from decisions. Entries commit to what they stand for, as the gateway's do."""

import collections
import hashlib
import hmac
import itertools
import json
import os
import random
import sqlite3
import struct
import sys
import time

import common

DAYS = 90
DAY_MS = 86400000
EPOCH = 1577836800000
SEGMENT, PARTS = 4096, 64  # domain/journal_people.h
IMPORT_ROWS = 100000
WABAS = {"900800700": ("700600500", "unlimited", 8), "900800701": ("700600501", 100000, 4)}
TEMPLATES = {"order_shipped": ("UTILITY", 2), "order_ready": ("UTILITY", 2), "spring_offer": ("MARKETING", 1),
             "summer_offer": ("MARKETING", 1), "new_arrivals": ("MARKETING", 1), "back_in_stock": ("MARKETING", 1)}
APPS = ("negozio", "gestionale", "cassa", "assistenza")
# state, error code, share: what came of a send that was allowed; the numbers are journal.h's
OUTCOMES = ((14, None, 400), (13, None, 330), (12, None, 60), (11, None, 8), (15, 131026, 25), (15, 131049, 10),
            (15, 131047, 2), (16, None, 1))
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
DECISION = ("id", "at", "app", "number", "waba", "person", "purpose", "kind", "template", "verdict", "mode", "state", "counted",
            "attempts", "digest", "rules", "wamid", "error_code", "policy", "hold_until", "updated_at", "leaf", "campaign")
PURPOSES = ("", "marketing", "utility", "authentication", "service")
KINDS = ("text", "template", "direct")
VERDICTS = ("allow", "hold", "refuse")


def id_text(prefix, number):
    return prefix + "_" + "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def id_number(text):
    n = 0
    for c in text.split("_")[1]:
        n = n << 5 | ALPHABET.index(c)
    return n


def phone(i):
    return f"+39333{i:07d}"


def numbers():
    """Phone-number-id → its account."""
    counted = itertools.count()
    return {f"9001{next(counted):06d}": waba for waba, (_, _, n) in WABAS.items() for _ in range(n)}


# --- through the API ---------------------------------------------------------------------------------------------


def company(api, webhook):
    for waba, (portfolio, limit, _) in WABAS.items():
        api.call("POST", "/api/v1/accounts", {
            "waba": waba, "portfolio": portfolio, "name": f"Bottega Esempio {waba[-1]}", "country": "IT", "limit": limit,
            "token_file": "bench-token", "app_secret_file": "bench-secret", "verify_token_file": "bench-verify"})
        for name, (category, _) in TEMPLATES.items():
            api.call("POST", "/api/v1/templates", {"waba": waba, "file": {
                "name": name, "language": "it", "category": category, "status": "APPROVED",
                "components": [{"type": "BODY", "text": "Ciao {{1}}, ci sono novità per te in bottega."}]}})
    for i, (number, waba) in enumerate(numbers().items()):
        api.call("POST", "/api/v1/numbers", {
            "waba": waba, "id": number, "display": f"+39331{i:07d}", "established": True, "throughput": 1000})
    apps = [api.call("POST", "/api/v1/integrations", {
        "name": name, "owner": "Anna Prova", "purpose": "Ordini e offerte", "numbers": list(numbers()),
        "categories": ["utility", "service"] if name == "cassa" else ["marketing", "utility", "service"],
        **({"webhook": webhook, "webhook_secret_file": "bench-webhook-secret"} if name == APPS[0] else {})}) for name in APPS]
    for i in range(60):
        api.call("POST", "/api/v1/integrations", {"name": f"modulo {i}", "owner": "Luca Esempio", "purpose": "Moduli", "numbers": list(numbers())[:1], "categories": ["utility"]})
        api.call("POST", "/api/v1/triggers", {"name": f"ordine-{i}", "app": apps[1]["id"], "number": list(numbers())[i % 12], "file": {
            "to": "/phone", "event_id": "{/id}", "template": {"name": "order_shipped", "language": "it", "values": ["{/order}"]}}})
    api.call("POST", "/api/v1/autoreplies", {"name": "chiuso", "kind": "out_of_hours", "app": apps[3]["id"], "number": list(numbers())[0],
                                            "text": "Siamo chiusi.", "hours": "mon-fri 09:00-18:00"})
    return apps


def people(api, count):
    agreed = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 200 * 86400))
    for start in range(0, count, IMPORT_ROWS):
        rows = "".join(f"{phone(i)},{'all' if i % 10 < 7 else 'utility'},grant,{agreed},form,Sì ai messaggi,sito\n"
                       for i in range(start, min(start + IMPORT_ROWS, count)))
        r = api.call("POST", "/api/v1/consents/import", {"file": "phone,purpose,act,at,evidence,text,source\n" + rows})
        if r["rejected"]:
            sys.exit(f"the import rejected {r['rejected']} rows: {r['report'][:3]}")


def campaigns(api, count, most):
    """Their ids and sizes: two that are large, and small ones."""
    made = []
    for i in range(count):
        size = most if i < 2 else most // 20
        first = i * (most // 20)
        rows = "".join(f"{phone((first + k) % (10 * most))},lista {i % 7},{'nuovi' if k % 3 else 'fedeli'}\n" for k in range(size))
        marketing = [name for name, (category, _) in TEMPLATES.items() if category == "MARKETING"]
        r = api.call("POST", "/api/v1/campaigns", {
            "name": f"Novità {i}", "number": list(numbers())[i % len(numbers())], "language": "it", "by": "Marta Neri",
            "template": [marketing[i % 4]], "audience": "phone,source,segment\n" + rows, "map": ["1=segment"]})
        made.append((r["id"], size, f"{marketing[i % 4]}/it", list(numbers())[i % len(numbers())]))
    return made


def incidents(api, now):
    scopes = [("number", n) for n in numbers()] + [("waba", w) for w in WABAS] + [
        ("template", f"{w}/{t}/it") for w in WABAS for t in ("spring_offer", "summer_offer")]
    for i, (scope, about) in enumerate(scopes):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now / 1000 - 86400 * (2 + 4 * i)))
        api.call("POST", "/api/v1/incidents", {"scope": scope, "object": about, "kind": "other", "at": at, "text": "Prova"})


def message(to, template, value="x"):
    base = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": to}
    if not template:
        return {**base, "type": "text", "text": {"body": f"Buongiorno {value}"}}
    return {**base, "type": "template", "template": {"name": template, "language": {"code": "it"}, "components": [
        {"type": "body", "parameters": [{"type": "text", "text": value}]}]}}


def sends(port, apps, count):
    """Sends of every kind, to be copied; whatever becomes of them is what the gateway makes of it at this hour."""
    kinds = ((0, "order_shipped", 0), (0, "spring_offer", 0), (0, "spring_offer", 7), (0, None, 0), (0, "no_such_thing", 0),
             (2, "summer_offer", 0), (1, "order_ready", 0), (3, "new_arrivals", 8))
    for i in range(count):
        app, template, person = kinds[i % len(kinds)]
        number = list(numbers())[i % len(numbers())]
        c = common.Api(port, apps[app]["key"])
        c.ask("POST", f"/v25.0/{number}/messages", message(phone(10 * i + person), template, str(i))).read()


# --- into the tables -----------------------------------------------------------------------------------------------


class Texts:
    """Ids as text, quickly: four characters at a time."""

    def __init__(self):
        self.four = ["".join(x) for x in itertools.product(ALPHABET, repeat=4)]
        self.high, self.text = -1, ""

    def of(self, n):
        high = n >> 40
        if high != self.high:
            self.high, self.text = high, id_text("dec", n)[:-8]
        return self.text + self.four[n >> 20 & 0xFFFFF] + self.four[n & 0xFFFFF]


def prototypes(db):
    """What the gateway recorded: one that it allowed, and those that it did not, by their first rule."""
    db.row_factory = sqlite3.Row
    rows = [dict(r) for r in db.execute("SELECT * FROM decision WHERE state <> 1 ORDER BY id")]
    db.row_factory = None
    allowed = next(r for r in rows if r["verdict"] == 0 and r["template"] == "order_shipped/it")
    against = {}
    for r in rows:
        if r["verdict"]:
            against.setdefault(next(f["id"] for f in json.loads(r["rules"]) if f["level"] != "warn"), r)
    if len(against) < 3:
        sys.exit(f"the gateway only refused by {list(against)}")
    return allowed, list(against.values())


def digest(what, value, known={}):
    """What is noted of a value (domain/journal_values.c)."""
    if (what, value) not in known:
        h = (2166136261 ^ ord(what)) * 16777619 & 0xFFFFFFFF
        for byte in value.encode():
            h = (h ^ byte) * 16777619 & 0xFFFFFFFF
        known[what, value] = struct.pack(">I", h or 1)
    return known[what, value]


def bears(rows):
    """The values that a segment's decisions bear."""
    of = {name: {r[DECISION.index(name)] for r in rows} - {None} for name in ("app", "number", "template", "campaign", "rules", "verdict")}
    found = {digest(name[0], v) for name in ("app", "number", "template", "campaign") for v in of[name]}
    found |= {digest("t", v.split("/")[0]) for v in of["template"]} | {digest("v", VERDICTS[v]) for v in of["verdict"]}
    found |= {digest("r", f["id"]) for v in of["rules"] for f in json.loads(v)}
    return b"".join(sorted(found))


class Writer:
    """Decisions in the order of their time, a segment at a time."""

    def __init__(self, db, count, now, made):
        self.db, self.count, self.now, self.made = db, count, now, made
        self.people = [r[0] for r in db.execute("SELECT id FROM person ORDER BY phone")]
        self.by_number = list(numbers().items())
        self.allowed, self.against = prototypes(db)
        self.leaf = db.execute("SELECT max(seq) FROM ledger_leaf").fetchone()[0] + 1
        self.texts, self.tally, self.sent_hours = Texts(), collections.Counter(), collections.Counter()
        self.outcomes = [(s, e) for s, e, _ in OUTCOMES]
        self.shares = [n for _, _, n in OUTCOMES]
        self.plan = self.campaign_plan()
        self.apps = [self.allowed["app"]] + sorted({r["app"] for r in self.against} - {self.allowed["app"]})

    def campaign_plan(self):
        """Each campaign has a stretch of decisions, every second one of which is its own."""
        plan, at = [], self.count // 20
        for text, size, template, number in self.made:
            members = self.db.execute("SELECT seq, person FROM campaign_member WHERE campaign = ? AND fate = 1 ORDER BY seq LIMIT ?",
                                      (id_number(text), self.count // 40)).fetchall()
            plan.append((at, text, template, number, members))
            at += 2 * len(members) + self.count // 100
        return plan

    def of_campaign(self, i):
        while self.plan and i >= self.plan[0][0] + 2 * len(self.plan[0][4]):
            self.plan.pop(0)
        if not self.plan or i < self.plan[0][0] or (i - self.plan[0][0]) % 2:
            return None
        first, text, template, number, members = self.plan[0]
        return (text, template, number, *members[(i - first) // 2])

    def draw(self, i, outcome, dice):
        """What kind of decision: app, number, template, purpose, person, campaign, and the prototype if it was not allowed."""
        number, waba = self.by_number[dice % 12 if dice % 97 else 0]
        person = self.people[(i * 7919) % len(self.people)] if i % 500 else self.people[dice % 20]
        against = None
        if dice % 100 < 9:  # seldom the last of the rules, and not at all for the last 60 days
            against = self.against[dice // 100 % (len(self.against) - 1)]
        elif dice % 200003 == 11 and i < self.count // 3:
            against = self.against[-1]
        if against:
            return against["app"], number, waba, against["template"], against["purpose"], person, None, against, None
        row = self.of_campaign(i)
        if row:
            campaign, template, number, seq, person = row
            return "campaigns", number, numbers_waba[number], template, 1, person, campaign, None, seq
        names = list(TEMPLATES)
        name = names[dice // 1000 % 6]
        return self.apps[dice // 7 % len(self.apps)], number, waba, f"{name}/it", TEMPLATES[name][1], person, None, None, None

    def segment(self, n, first, size):
        rows, leaves, members = [], [], []
        parts = [bytearray() for _ in range(PARTS)]
        span = DAYS * DAY_MS
        chosen = random.choices(self.outcomes, self.shares, k=size)
        salts, digests, tails = os.urandom(32 * size), os.urandom(32 * size), os.urandom(26 * size)
        policy = self.allowed["policy"]
        for k in range(size):
            i = first + k
            at = self.now - span + i * span // self.count
            dice = random.getrandbits(40)
            id = (at - EPOCH << 20) | dice & 0xFFFFF
            if rows and id <= rows[-1][0]:
                id = rows[-1][0] + 1
            app, number, waba, template, purpose, person, campaign, against, seq = self.draw(i, chosen[k], dice)
            state, error = (against["state"], None) if against else chosen[k]
            verdict, kind = (against["verdict"], against["kind"]) if against else (0, 1)
            rules = against["rules"] if against else None
            digest, salt = digests[32 * k:32 * k + 32], salts[32 * k:32 * k + 32]
            wamid = None if against or error else "wamid.HBgM" + tails[26 * k:26 * k + 26].hex() + "=="
            text = self.texts.of(id)
            content = (f'{{"app":"{app}","at":{at},"decision":"{text}","digest":"{digest.hex()}","kind":"{KINDS[kind]}","mode":"enforce",'
                       f'"number":"{number}","person":{person},"purpose":{json.dumps(PURPOSES[purpose] or None) if not purpose else chr(34) + PURPOSES[purpose] + chr(34)},'
                       f'"recorded_at":{at},"rules":{rules or "null"},"template":{chr(34) + template + chr(34) if template else "null"},'
                       f'"verdict":"{VERDICTS[verdict]}","waba":"{waba}"}}')
            leaves.append((self.leaf, at, id, policy, salt, hmac.digest(salt, content.encode(), "sha256")))
            rows.append((id, at, app, number, waba, person, purpose, kind, template, verdict, 1, state, 0, 0 if against else 1, digest,
                         rules, wamid, error, policy, at + 600000 if verdict == 1 else None, at if against else at + 1500 + dice % 60000,
                         self.leaf, campaign))
            self.leaf += 1
            parts[person % PARTS] += struct.pack(">QQ", person, id)
            if seq is not None:
                members.append((id, id_number(campaign), seq))
            if not against:
                self.tally[(at // 3600000, number, waba, template, app, campaign, purpose == 1, state, error)] += 1
        self.put(n, rows, leaves, members, parts)

    def put(self, n, rows, leaves, members, parts):
        self.db.executemany(f"INSERT INTO decision ({', '.join(DECISION)}) VALUES ({', '.join('?' * len(DECISION))})", rows)
        self.db.executemany("INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment) VALUES (?,2,?,?,?,?,?)", leaves)
        self.db.executemany("UPDATE campaign_member SET fate = 3, wave = 1, decision = ? WHERE campaign = ? AND seq = ?", members)
        self.db.execute("INSERT INTO people_segment VALUES (?, ?, ?)", (n, rows[-1][0], bears(rows)))
        self.db.executemany("INSERT INTO people_pairs VALUES (?, ?)", [((p << 40) + n, bytes(b)) for p, b in enumerate(parts) if b])
        self.db.execute("INSERT INTO people_bare VALUES (?)", (n,))

    def signals(self):
        """What is counted by the hour (domain/signal.h)."""
        counts, sent = collections.Counter(), collections.Counter()
        days = collections.Counter()
        for (hour, number, waba, template, app, campaign, marketing, state, error), n in self.tally.items():
            whats = [0] + [1] * marketing + [2] * (state in (13, 14)) + [4] * (error == 131026) + [6] * (error == 131049)
            whats += [5] * (state == 15 and error != 131049)
            whats += [7] * (marketing and state in (13, 14)) + [8] * (marketing and state == 14)
            for scope, id in ((1, number), (2, f"{waba}/{template}"), (3, app), (4, campaign)):
                for what in whats if id else ():
                    counts[(scope, id, hour, what)] += n
            sent[(number, hour)] += n
            days[(app, number, 1 if marketing else 2, hour // 24)] += n
        self.db.executemany("INSERT OR REPLACE INTO signal_hour VALUES (?,?,?,?,?)", [(*k, n) for k, n in counts.items()])
        self.db.executemany("INSERT OR REPLACE INTO number_hour VALUES (?,?,?)", [(*k, n) for k, n in sent.items()])
        self.db.executemany("INSERT OR REPLACE INTO integration_use VALUES (?,?,?,?,?,?)",
                            [(*k, n, (k[3] + 1) * DAY_MS - 1) for k, n in days.items() if k[0] != "campaigns"])


numbers_waba = numbers()

# What else there is after a quarter, in as many rows as `n` says; each like those that the gateway wrote.
OTHERS = (
    # who wrote, and when last
    "INSERT OR IGNORE INTO contact (person, number, last_inbound_at) SELECT id, printf('9001%06d', id % 12), :now - id % (90 * :day)"
    " FROM person WHERE id % 3 = 0",
    "UPDATE person SET contacts = NULL WHERE id % 3 = 0",
    # who had something, and who had marketing of late
    "INSERT OR IGNORE INTO delivered (person, purpose, at) SELECT person, purpose, max(at) FROM decision WHERE id >= :month"
    " AND state IN (13, 14) GROUP BY person, purpose",
    "INSERT OR IGNORE INTO marketing_sent (person, at, decision) SELECT person, at, id FROM decision WHERE id >= :month AND purpose = 1"
    " AND state IN (11, 12, 13, 14)",
    "INSERT OR REPLACE INTO reach (scope, person, reserved_at, delivered_at, open_count, engaged) SELECT 'p:700600501', person, NULL, max(at),"
    " 0, 0 FROM decision WHERE id >= :yesterday AND waba = '900800701' AND state IN (13, 14) GROUP BY person",
    # alarms, opt-outs by code, changes of numbers
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO alarm (id, at, kind, scope, detail)"
    " SELECT (:now - i * 300000 - 1577836800000) * 1048576, :now - i * 300000, CASE i % 500 WHEN 0 THEN 'bypass.detected' ELSE 'breaker.pause' END,"
    " 'number:' || printf('9001%06d', i % 12), '{}' FROM n",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT OR IGNORE INTO stop_by_code (id, at, code, person, state, marked,"
    " ended_at) SELECT (:now - i * 150000 - 1577836800000) * 1048576, :now - i * 150000, 131050, (SELECT id FROM person WHERE place = 393330000000 + i * 10),"
    " CASE WHEN i % 100 = 7 THEN 2 ELSE 1 END, 0, NULL FROM n",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO object_change (at, kind, object, field, old_value,"
    " new_value, source) SELECT :now - 90 * :day + i * 150000, 3, printf('9001%06d', i % 12), 'quality', 'GREEN', 'YELLOW', 1 FROM n",
    # deliveries to apps, acts of operators
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO delivery (id, app, at, events, attempt, status, took_ms,"
    " outcome, body, answer) SELECT (:now - i * 12000 - 1577836800000) * 1048576, (SELECT id FROM integration WHERE webhook_url IS NOT NULL), :now - i * 12000, 5, 1,"
    " CASE WHEN i % 50 = 0 THEN 500 ELSE 200 END, 30, CASE WHEN i % 50 = 0 THEN 2 ELSE 1 END, NULL, NULL FROM n",
    "UPDATE installation SET at = :now - 100 * :day",
)


def audit(db, now, count):
    """Acts of operators like the newest one, one every few minutes."""
    seq, kind, policy = db.execute("SELECT seq, type, policy FROM ledger_leaf WHERE type = 3 ORDER BY seq DESC LIMIT 1").fetchone()
    content = json.loads(db.execute("SELECT content FROM ledger_note WHERE leaf = ?", (seq,)).fetchone()[0])
    _, _, made_by, operation, about = db.execute("SELECT * FROM operator_act WHERE leaf = ?", (seq,)).fetchone()
    at_seq = db.execute("SELECT max(seq) FROM ledger_leaf").fetchone()[0] + 1
    leaves, notes, acts = [], [], []
    for i in range(count):
        at, salt = now - (count - i) * 150000, os.urandom(32)
        text = json.dumps({**content, "at": at, "by": f"operatore {i % 5}"}, separators=(",", ":"), ensure_ascii=False)
        leaves.append((at_seq + i, kind, at, 0, policy, salt, hmac.digest(salt, text.encode(), "sha256")))
        notes.append((at_seq + i, text))
        acts.append((at_seq + i, at, f"operatore {i % 5}", operation, about))
    db.executemany("INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment) VALUES (?,?,?,?,?,?,?)", leaves)
    db.executemany("INSERT INTO ledger_note VALUES (?, ?)", notes)
    db.executemany("INSERT INTO operator_act VALUES (?,?,?,?,?)", acts)


def end_campaigns(db, made, now):
    for i, (text, _, _, _) in enumerate(made):
        id = id_number(text)
        at = now - (len(made) - i) * 4 * DAY_MS
        db.execute("UPDATE campaign SET state = 8, at = ?, updated_at = ?, approved_by = 'Luca Bianchi', approved_at = ?, released_by = 'Marta Neri',"
                   " released_at = ?, starts_at = ?, ended_at = ?, wave = 1, busy = 0, kept = ? WHERE id = ?",
                   (at, at, at, at, at, at + DAY_MS, None, id))
        db.execute("DELETE FROM campaign_fate WHERE campaign = ?", (id,))
        db.execute("INSERT INTO campaign_fate SELECT campaign, fate, count(*) FROM campaign_member WHERE campaign = ? GROUP BY campaign, fate", (id,))
        db.execute("INSERT OR IGNORE INTO campaign_click (campaign, seq, button, at, title) SELECT campaign, seq, 0, ?, 'Mostrami' FROM campaign_member"
                   " WHERE campaign = ? AND fate = 3 AND seq % 9 = 0", (at, id))


def fill(path, count, now, made):
    """The tables of a gateway that does not run; returns a few decisions that were written."""
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = OFF", "journal_mode = MEMORY", "cache_size = -800000"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("BEGIN")
    db.execute("DELETE FROM people_segment")
    db.execute("DELETE FROM people_pairs")
    db.execute("DELETE FROM people_messages")
    db.execute("DELETE FROM people_bare")
    w = Writer(db, count, now, made)
    kept = []
    for n, first in enumerate(range(0, count, SEGMENT)):
        w.segment(n + 1, first, min(SEGMENT, count - first))
    w.signals()
    days = {"now": now, "day": DAY_MS, "month": now - 30 * DAY_MS - EPOCH << 20, "yesterday": now - DAY_MS - EPOCH << 20}
    for statement in OTHERS:
        db.execute(statement, {k: v for k, v in days.items() if ":" + k in statement})
    audit(db, now, 50000)
    end_campaigns(db, made, now)
    # figures of campaigns are counted again by the gateway (domain/campaign_tally.h)
    for table in ("campaign_sum", "campaign_moved", "campaign_press", "source_grant", "campaign_counting"):
        db.execute(f"DELETE FROM {table}")
    db.execute("UPDATE campaign_member SET figure = NULL")
    db.execute("INSERT INTO campaign_counting VALUES (1, 0, -1)")
    kept = [r for r in db.execute("SELECT id, person, wamid, leaf FROM decision WHERE id % 4999 = 0 LIMIT 500")]
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return kept
