"""The company that the benches send for."""

import sys
import time

NUMBERS = 64
IMPORT_ROWS = 100000
ANSWER = ('{"messaging_product":"whatsapp","contacts":[{"input":"+393330000000","wa_id":"393330000000"}],'
          '"messages":[{"id":"wamid.BENCH0000000000000000000000000000000000000000000000=="}]}')


def number_id(i):
    return f"9001{i:06d}"


def fill(api, people):
    """The account, its numbers, the template, the app, and a grant for everybody."""
    api.call("POST", "/api/v1/accounts", {
        "waba": "900800700", "portfolio": "700600500", "name": "Bottega Esempio", "country": "IT",
        "limit": "unlimited", "token_file": "bench-token", "app_secret_file": "bench-secret",
        "verify_token_file": "bench-verify"})
    for i in range(NUMBERS):
        api.call("POST", "/api/v1/numbers", {
            "waba": "900800700", "id": number_id(i), "display": f"+39331{i:07d}", "established": True,
            "throughput": 1000})
    api.call("POST", "/api/v1/templates", {"waba": "900800700", "file": {
        "name": "order_shipped", "language": "it", "category": "UTILITY", "status": "APPROVED",
        "components": [{"type": "BODY", "text": "Il tuo ordine {{1}} è partito."}]}})
    app = api.call("POST", "/api/v1/integrations", {
        "name": "bench", "owner": "bench", "purpose": "bench", "numbers": [number_id(i) for i in range(NUMBERS)],
        "categories": ["utility", "service"]})
    began = time.monotonic()
    agreed = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 30 * 86400))
    for start in range(0, people, IMPORT_ROWS):
        rows = "".join(
            f"+39333{i:07d},utility,grant,{agreed},form,Sì ai messaggi sugli ordini,sito\n"
            for i in range(start, min(start + IMPORT_ROWS, people)))
        r = api.call("POST", "/api/v1/consents/import", {"file": "phone,purpose,act,at,evidence,text,source\n" + rows})
        if r["rejected"]:
            sys.exit(f"the import rejected {r['rejected']} rows: {r['report'][:3]}")
    print(f"people: {people} imported in {time.monotonic() - began:.1f} s")
    return app["key"]
