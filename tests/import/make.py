#!/usr/bin/env python3
"""make.py DIR: writes the tables that tests/system/import_files_test.mjs sends to the gateway, good ones and nasty
ones. What becomes of each is in reports.txt, by the file's name. Same files every time; everybody in them is invented."""

import io
import os
import struct
import sys
import zipfile

HEAD = "phone,purpose,act,at,evidence,text,source"
GOOD = "+393331234501,marketing,grant,2026-01-10T09:00:00Z,form,Sì,sito"
FILES = {}


def put(name, data):
    assert name not in FILES, name
    FILES[name] = data if isinstance(data, bytes) else data.encode()


def csv(name, *rows, head=HEAD, end="\n"):
    put(f"csv-{name}.csv", end.join([head, *rows, ""]))


def row(phone="+393331234501", purpose="marketing", act="grant", at="2026-01-10T09:00:00Z", evidence="form", text="Sì",
        source="sito"):
    cells = [phone, purpose, act, at, evidence, text, source]
    return ",".join('"' + c.replace('"', '""') + '"' if set(c) & set(',"\n\r;') else c for c in cells)


# --- how a CSV file is written ---

csv("plain", GOOD)
csv("crlf", GOOD, end="\r\n")
csv("semicolons", GOOD.replace(",", ";"), head=HEAD.replace(",", ";"))
csv("semicolons-crlf", GOOD.replace(",", ";"), head=HEAD.replace(",", ";"), end="\r\n")
put("csv-mark.csv", "\ufeff" + HEAD + "\r\n" + GOOD + "\r\n")
put("csv-two-marks.csv", "\ufeff\ufeff" + HEAD + "\n" + GOOD + "\n")
put("csv-mark-further-down.csv", HEAD + "\n\ufeff" + GOOD + "\n")
put("csv-no-last-line-end.csv", HEAD + "\n" + GOOD)
put("csv-header-only.csv", HEAD)
put("csv-empty.csv", "")
put("csv-mark-only.csv", "\ufeff")
put("csv-line-ends-only.csv", "\n\n\r\n\n")
put("csv-blanks-only.csv", "   \n")
csv("empty-lines", "", GOOD, "", "", row(phone="+393331234502"), "")
csv("rows-of-separators", GOOD, ",,,,,,", " , , , , , , ", row(phone="+393331234502"))
csv("quoted-newline", row(text="due\nrighe"))
csv("quoted-crlf", row(text="due\r\nrighe"))
csv("quoted-many-newlines", row(text="a\n\n\n\nb"), row(phone="12"))
csv("quoted-quotes", row(text='ha detto "sì"'))
csv("quoted-separator", row(text="sì, certo"))
csv("quoted-everything", ",".join(f'"{c}"' for c in GOOD.split(",")), head=",".join(f'"{c}"' for c in HEAD.split(",")))
csv("quoted-nothing", row(text="").replace(",,", ',"",'))
csv("quote-inside", GOOD.replace("Sì", 'S"ì'))
csv("quote-not-closed", GOOD, '"+393331234502,marketing')
csv("quote-not-closed-at-once", '"')
csv("text-behind-quote", GOOD.replace("Sì", '"Sì" davvero'))
csv("blank-behind-quote", GOOD.replace("Sì", '"Sì" '))
csv("blank-before-quote", GOOD.replace("Sì", ' "Sì"'))
csv("single-quotes", GOOD.replace("Sì", "'Sì'"))
put("csv-cr-only.csv", HEAD + "\r" + GOOD + "\r")
put("csv-cr-inside.csv", HEAD + "\n" + GOOD.replace("Sì", "S\rì") + "\n")
put("csv-lf-cr.csv", HEAD + "\n\r" + GOOD + "\n\r")
put("csv-zero-byte.csv", HEAD + "\n" + GOOD.replace("Sì", "S\0ì") + "\n")
put("csv-zero-bytes-behind.csv", HEAD + "\n" + GOOD + "\n" + "\0" * 100)
put("csv-end-of-file-mark.csv", HEAD + "\n" + GOOD + "\n\x1a")
csv("too-few-fields", "+393331234501,marketing,grant")
csv("too-many-fields", GOOD + ",,")
csv("one-row-short", GOOD, "+393331234502,marketing", row(phone="+393331234503"))
csv("trailing-separator", GOOD + ",", head=HEAD + ",")
csv("many-fields", ",".join(["x"] * 65))
csv("many-columns", GOOD + ",1" * 60, head=HEAD + "".join(f",c{i}" for i in range(60)))
csv("all-columns", GOOD + ",1" * 57, head=HEAD + "".join(f",c{i}" for i in range(57)))
csv("long-record", GOOD, row(text="x" * 70000))
put("csv-long-first-line.csv", "x" * 70000)
put("csv-one-long-quote.csv", HEAD + '\n"' + "x" * 200000)
csv("tabs", GOOD.replace(",", "\t"), head=HEAD.replace(",", "\t"))
csv("pipes", GOOD.replace(",", "|"), head=HEAD.replace(",", "|"))
csv("mixed-separators", GOOD.replace(",", ";"), head=HEAD)
put("csv-hint.csv", "sep=,\r\n" + HEAD + "\r\n" + GOOD + "\r\n" + row(phone="12") + "\r\n")
put("csv-hint-semicolon.csv", "sep=;\r\n" + (HEAD + "\r\n" + GOOD + "\r\n").replace(",", ";"))
put("csv-hint-alone.csv", "sep=;\r\n")
put("csv-comment.csv", "# esportato dal CRM\n" + HEAD + "\n" + GOOD + "\n")

# --- its header ---

csv("header-capitals", GOOD, head=HEAD.upper())
csv("header-blanks", GOOD, head=HEAD.replace(",", " , "))
csv("header-order", "grant,marketing,+393331234501,2026-01-10", head="act,purpose,phone,at")
csv("header-extra", GOOD + ",Forlì,7", head=HEAD + ",città,punti")
csv("header-twice", GOOD, GOOD.replace("Sì", "No"), head=HEAD.replace("source", "text"))
csv("header-twice-in-capitals", GOOD, head=HEAD.replace("source", "TEXT"))
csv("header-unnamed", GOOD, head=HEAD.replace("source", ""))
csv("header-long-name", GOOD, head=HEAD.replace("source", "x" * 65))
csv("header-control", GOOD, head=HEAD.replace("source", "sou\x07rce"))
csv("header-italian", GOOD, head="telefono,finalità,atto,data,prova,testo,fonte")
csv("header-no-purpose", "+393331234501,grant", head="phone,act")
csv("header-no-act", "+393331234501,all", head="phone,purpose")
csv("header-no-person", "all,grant", head="purpose,act")
csv("header-missing", GOOD, head=GOOD)
csv("header-again", GOOD, HEAD, row(phone="+393331234502"))
csv("header-least", "+393331234501,all,withdraw", head="phone,purpose,act")

# --- what it is written in ---

put("text-windows-1252.csv", (HEAD + "\n" + GOOD.replace("sito", "città – “Forlì” €") + "\n").encode("cp1252"))
put("text-windows-1252-semicolons.csv", (HEAD + "\r\n" + GOOD + "\r\n").replace(",", ";").encode("cp1252"))
put("text-windows-1252-undefined.csv", (HEAD + "\n" + GOOD).encode("cp1252") + b"\x81\n")
put("text-windows-1252-header.csv", (HEAD + ",città\n" + GOOD + ",Forlì\n").encode("cp1252"))
put("text-mixed.csv", (HEAD + "\n" + GOOD + "\n").encode() + row(phone="+393331234502", text="S").encode() + b"\xec\n")
put("text-mark-and-1252.csv", b"\xef\xbb\xbf" + (HEAD + "\n" + GOOD + "\n").encode("cp1252"))
put("text-utf16le.csv", (HEAD + "\n" + GOOD + "\n").encode("utf-16"))
put("text-utf16be.csv", b"\xfe\xff" + (HEAD + "\n" + GOOD + "\n").encode("utf-16-be"))
put("text-utf16-no-mark.csv", (HEAD + "\n" + GOOD + "\n").encode("utf-16-le"))
put("text-utf32.csv", (HEAD + "\n" + GOOD + "\n").encode("utf-32"))
put("text-overlong.csv", (HEAD + "\nè" + GOOD).encode() + b"\xc0\xaf\n")
put("text-surrogate.csv", (HEAD + "\n" + GOOD).encode() + b"\xed\xa0\x80\n")
put("text-beyond-unicode.csv", (HEAD + "\n" + GOOD).encode() + b"\xf4\x90\x80\x80\n")
put("text-cut-character.csv", (HEAD + "\n" + GOOD).encode() + b"\xc3")
put("text-noise.csv", bytes((i * 7 + i // 13) % 255 + 1 for i in range(5000)))
csv("text-emoji", row(text="👍🏽 va bene 👩‍👩‍👧"))
csv("text-arabic", row(text="نعم أوافق"))
csv("text-direction", row(text="a\u202eb\u202c"))
csv("text-combining", row(text="Si\u0300"))
csv("text-no-break-space", row(source="sito\u00a0web"))
csv("text-zero-width", row(source="si\u200bto"))
csv("text-escape", row(text="a\x1b[2Jb"))
csv("text-bell", row(source="si\x07to"))
csv("text-c1", row(source="si\u0085to"))
csv("text-tab", row(text="a\tb"))
csv("text-longest", row(text="è" * 4000, source="è" * 500))
csv("text-too-long", row(text="è" * 4001))
csv("text-source-too-long", row(source="è" * 501))
csv("text-markup", row(text="<script>alert(1)</script>", source="'; DROP TABLE person; --"))
csv("text-attributes-too-long", GOOD + ',"' + "x" * 17000 + '"', head=HEAD + ",note")

# --- what would be a formula elsewhere ---

for n, formula in enumerate(["=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|'/c calc'!A0", "\t=1", "＝1", "＋1", "－1", "＠A"]):
    csv(f"formula-{n}", row(text=formula), row(phone=formula))
csv("formula-guarded", row(text="'=1+1", phone="'+393331234501"))
csv("formula-guarded-twice", row(text="''=1+1"))
csv("formula-as-purpose", row(purpose="=\"all\""))
csv("formula-keeps-zeros", row(phone='="+393331234501"'))

# --- telephone numbers ---

PHONES = {
    "plus": "+393331234501", "zeros": "00393331234501", "blanks": "+39 333 123 4501", "hyphens": "+39-333-123-4501",
    "parentheses": "+39 (333) 123.4501", "national": "3331234501", "national-blanks": "333 123 4501",
    "digits": "393331234501", "british": "+44 7700 900123", "american": "+1 555 0100", "american-whole": "+1 212 555 0100",
    "short": "12", "long": "+3933312345678901234", "letters": "+39 333 ANNA", "extension": "+39 333 1234501 int. 2",
    "two": "+393331234501 / +393331234502", "unknown-country": "+999123456789", "zero": "0", "plus-only": "+",
    "minus": "-393331234501", "decimal": "393331234501.0", "decimal-comma": "393331234501,0", "thousands": "393.331.234.501",
    "apostrophe": "'393331234501", "full-width": "＋３９３３３１２３４５０１", "arabic-digits": "٣٩٣٣٣١٢٣٤٥٠١", "name": "Anna Bianchi",
    "mail": "anna@example.org", "hash": "#N/D", "nothing": "", "blank": "   ", "no-break-space": "+39\u00a0333\u00a01234501",
    "left-to-right-mark": "\u202d+393331234501\u202c", "link": "https://wa.me/393331234501", "trunk": "+39 0333 1234501",
}
for name, phone in PHONES.items():
    csv(f"phone-{name}", row(phone=phone))
for n, damage in enumerate(["3,93E+11", "3.93E+11", "3,93331E+11", "3,93331234501E+11", "3E+11", "+3,93E+11", "3,93e11",
                            "3,9333E+011", "########"]):
    csv(f"damage-{n}", row(phone=damage))
csv("bsuid", "IT.1A2b3C4d5E,all,grant,2026-01-10", head="bsuid,purpose,act,at")
csv("bsuid-and-phone", "+393331234501,IT.1A2b3C4d5E,all,grant,2026-01-10", head="phone,bsuid,purpose,act,at")
csv("bsuid-parent", "IT.ENT.1A2b3C4d5E,all,grant,2026-01-10", head="bsuid,purpose,act,at")
csv("bsuid-wrong", "IT-1A2b3C4d5E,all,grant,2026-01-10", "it.1A2b,all,grant,2026-01-10", "IT.,all,grant,2026-01-10",
    "IT." + "x" * 129 + ",all,grant,2026-01-10", head="bsuid,purpose,act,at")

# --- times ---

TIMES = {
    "day": "2026-01-10", "utc": "2026-01-10T09:00:00Z", "offset": "2026-01-10T10:00:00+01:00", "local": "2026-01-10T10:00:00",
    "local-blank": "2026-01-10 10:00:00", "local-minutes": "2026-01-10 10:00", "fraction": "2026-01-10T09:00:00.123Z",
    "italian": "10/01/2026", "italian-time": "10/01/2026 10:30", "italian-dots": "10.1.2026", "american": "01/13/2026",
    "two-digit-year": "10/01/26", "words": "10 gennaio 2026", "no-such-day": "2026-02-30", "no-such-month": "2026-13-01",
    "no-such-hour": "2026-01-10T25:00:00Z", "future": "2099-01-01", "long-ago": "1899-12-30", "serial": "46348",
    "serial-fraction": "46348,4375", "unix": "1768035600", "nothing": "", "zero": "0000-00-00", "leap-day": "2024-02-29",
    "no-leap-day": "2026-02-29", "clocks-forward": "2026-03-29T02:30:00", "clocks-back": "2025-10-26T02:30:00",
    "yesterday": "ieri", "negative": "-2026-01-10",
}
for name, at in TIMES.items():
    csv(f"time-{name}", row(at=at))
csv("time-nothing-withdraw", row(act="withdraw", at="", evidence=""))

# --- words ---

for name, purpose in {"all": "all", "capitals": "MARKETING", "service": "service", "italian": "pubblicità", "typo": "marketng",
                      "two": "marketing utility", "nothing": "", "long": "x" * 300}.items():
    csv(f"purpose-{name}", row(purpose=purpose))
for name, act in {"capitals": "GRANT", "italian": "consenso", "typo": "withdrow", "yes": "yes", "one": "1", "nothing": "",
                  "withdraw": "withdraw"}.items():
    csv(f"act-{name}", row(act=act))
for name, evidence in {"none": "none", "nothing": "", "typo": "double_optin", "unknown": "telepathy",
                       "signed": "signed"}.items():
    csv(f"evidence-{name}", row(evidence=evidence))
csv("phone-in-purpose", row(purpose="+393331234509"))
csv("columns-shifted", "marketing,+393331234501,grant,2026-01-10,form,,")
csv("twice", GOOD, GOOD)
csv("back-and-forth", GOOD, row(act="withdraw", at="2026-01-11", evidence=""), row(at="2026-01-12"))
csv("many-wrong", *[row(phone=f"+39 33 {i}") for i in range(30)])

# --- what is no table at all ---

put("other-pdf.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
put("other-png.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
put("other-gzip.csv", b"\x1f\x8b\x08\0\0\0\0\0\0\x03")
put("other-html.xls", "<html><table><tr><td>phone</td></tr></table></html>")
put("other-json.json", '[{"phone":"+393331234501"}]')
put("other-xls.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
put("other-xml.xml", '<?xml version="1.0"?><Workbook/>')
put("other-vcard.vcf", "BEGIN:VCARD\nTEL:+393331234501\nEND:VCARD\n")

# --- what proves it beside the words ---

EVIDENCE = ["text_version", "language", "notice_version", "notice_url", "terms_version", "terms_url", "channel", "how"]


def proved(name, **changed):
    values = dict(zip(EVIDENCE, ["3", "it", "2026-10", "https://shop.example/privacy", "7", "https://shop.example/terms", "web", "casella spuntata"]))
    values.update(changed)
    csv(f"evidence-{name}", ",".join([GOOD, *values.values()]), head=",".join([HEAD, *values]))


proved("plain")
proved("empty", **dict.fromkeys(EVIDENCE, ""))
proved("http-notice", notice_url="http://shop.example/privacy")
proved("terms-without-address", terms_url="termini")
proved("javascript-notice", notice_url="javascript:alert(1)")
proved("language-in-words", language="italiano moderno")
proved("language-region", language="pt_BR")
proved("language-script", language="zh-Hant-TW")
proved("language-emoji", language="\U0001f1ee\U0001f1f9")
proved("language-one-letter", language="i")
proved("long-version", text_version="v" * 101)
proved("long-how", how="x" * 201)
proved("bell-in-channel", channel="w\aeb")
proved("formula-in-how", how="=1+1")
csv("evidence-twice", GOOD + ",3,4", head=HEAD + ",text_version,Text_Version")
csv("evidence-of-withdrawal", row(act="withdraw", evidence="") + ",telefono", head=HEAD + ",channel")

# --- workbooks ---

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WORKBOOK = (f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Foglio1" sheetId="1" r:id="rId1"/></sheets></workbook>')
RELATIONS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
             '<Relationship Id="rId1" Type="x" Target="worksheets/sheet1.xml"/></Relationships>')
STYLES = (f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts>'
          '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>')
COLUMNS = HEAD.split(",")


def text(value):
    value = value.replace("&", "&amp;").replace("<", "&lt;")
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def sheet(*rows, before="", behind=""):
    body = "".join(f'<row r="{n}">{cells}</row>' for n, cells in enumerate(rows, 1) if cells is not None)
    return f'{DECLARATION}{before}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{behind}</worksheet>'


TITLES = "".join(map(text, COLUMNS))


def cells(**changed):
    values = dict(zip(COLUMNS, GOOD.split(",")))
    return "".join(changed[c] if c in changed else text(values[c]) for c in COLUMNS)


def package(parts, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2026, 1, 10, 0, 0, 0))
            info.compress_type = method
            z.writestr(info, content)
    return out.getvalue()


def parts(sheet_xml, **more):
    return {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS,
            "xl/worksheets/sheet1.xml": sheet_xml, "xl/styles.xml": STYLES, **more}


def xlsx(name, sheet_xml, method=zipfile.ZIP_DEFLATED, **more):
    put(f"xlsx-{name}.xlsx", package(parts(sheet_xml, **{k.replace("__", "/").replace("_", "."): v for k, v in more.items()}),
                                     method))


def one(name, **changed):
    xlsx(name, sheet(TITLES, cells(**changed)))


def strings(*items):
    return f'<sst xmlns="{MAIN}">' + "".join(f"<si>{i}</si>" for i in items) + "</sst>"


one("plain")
xlsx("stored", sheet(TITLES, cells()), method=zipfile.ZIP_STORED)
xlsx("bzip2", sheet(TITLES, cells()), method=zipfile.ZIP_BZIP2)
one("number", phone="<c><v>393331234501</v></c>")
one("number-exponent", phone="<c><v>3.93331234501E+11</v></c>")
one("number-national", phone="<c><v>3331234501</v></c>")
one("number-fraction", phone="<c><v>393331234501.5</v></c>")
one("number-too-long", phone="<c><v>3.9333123450112346E+17</v></c>")
one("number-as-rounded-text", phone=text("3,93E+11"))
one("date", at='<c s="1"><v>46032</v></c>')
one("date-time", at='<c s="2"><v>46032.375</v></c>')
one("date-as-number", at="<c><v>46032</v></c>")
one("date-as-text", at=text("10/01/2026"))
one("date-before-time", at='<c s="1"><v>-1</v></c>')
one("date-far", at='<c s="1"><v>99999999</v></c>')
one("date-iso", at='<c t="d"><v>2026-01-10T09:00:00Z</v></c>')
one("formula", phone='<c t="str"><f>"+39"&amp;"3331234501"</f><v>+393331234501</v></c>')
one("formula-not-computed", phone="<c><f>A1</f></c>")
one("formula-error", phone='<c t="e"><f>1/0</f><v>#DIV/0!</v></c>')
one("formula-dangerous", text='<c t="str"><f>WEBSERVICE("http://example.org")</f><v>=1+1</v></c>')
one("boolean", act='<c t="b"><v>1</v></c>')
one("empty-cell", text='<c s="1"/>')
one("unknown-type", text='<c t="zz"><v>x</v></c>')
one("rich", text='<c t="inlineStr"><is><r><t>S</t></r><r><t>ì</t></r><rPh><t>NO</t></rPh></is></c>')
one("entities", text=text("a & b < c").replace("b", "&#x2603;"))
one("cdata", text='<c t="inlineStr"><is><t><![CDATA[a < b]]></t></is></c>')
one("comments", text='<!-- --><c t="inlineStr"><is><t>a<!-- x -->b</t></is></c>')
one("long-cell", text=text("x" * 70000))
one("newline", text=text("due\nrighe"))
one("undefined-entity", text='<c t="inlineStr"><is><t>&chi;</t></is></c>')
xlsx("shared", sheet(TITLES, cells(text='<c t="s"><v>1</v></c>')), xl__sharedStrings_xml=strings("<t>No</t>", "<t>Sì</t>"))
xlsx("shared-missing", sheet(TITLES, cells(text='<c t="s"><v>7</v></c>')), xl__sharedStrings_xml=strings("<t>No</t>"))
xlsx("shared-none", sheet(TITLES, cells(text='<c t="s"><v>0</v></c>')))
xlsx("shared-wrong", sheet(TITLES, cells(text='<c t="s"><v>x</v></c>')), xl__sharedStrings_xml=strings("<t>No</t>"))
xlsx("gap", sheet(TITLES, None, None, cells(), None, cells(phone=text("12"))))
xlsx("blank-rows", sheet(TITLES, cells(), text("") * 7, text(" ") * 7, cells(phone=text("+393331234502"))))
xlsx("short-row", sheet(TITLES, text("+393331234501") + text("all") + text("withdraw")))
xlsx("long-row", sheet(TITLES, cells() + text("x")))
xlsx("header-only", sheet(TITLES))
xlsx("no-rows", sheet())
xlsx("title-above", sheet(text("Consensi 2026"), TITLES, cells()))
xlsx("places", sheet('<c r="A1" t="inlineStr"><is><t>phone</t></is></c><c r="C1" t="inlineStr"><is><t>act</t></is></c>'))
xlsx("places-backwards", sheet(TITLES, '<c r="B2"><v>1</v></c><c r="A2"><v>1</v></c>'))
xlsx("places-far", sheet(TITLES, '<c r="XFD2"><v>1</v></c>'))
xlsx("places-wrong", sheet(TITLES, '<c r="2B"><v>1</v></c>'))
xlsx("rows-backwards", f'<worksheet><sheetData><row r="5">{TITLES}</row><row r="2">{cells()}</row></sheetData></worksheet>')
xlsx("rows-twice", f'<worksheet><sheetData><row r="1">{TITLES}</row><row r="1">{cells()}</row></sheetData></worksheet>')
xlsx("rows-without-numbers", f"<worksheet><sheetData><row>{TITLES}</row><row>{cells()}</row></sheetData></worksheet>")
xlsx("prefixes", f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>' + "".join(
    f"<x:row>{c}</x:row>" for c in (TITLES, cells())).replace("<c", "<x:c").replace("</c", "</x:c").replace(
        "<is>", "<x:is>").replace("</is>", "</x:is>").replace("<t>", "<x:t>").replace("</t>", "</x:t>") +
     "</x:sheetData></x:worksheet>")
xlsx("utf16", sheet(TITLES, cells()).replace("UTF-8", "UTF-16").encode("utf-16"))
xlsx("windows-1252", sheet(TITLES, cells()).replace("UTF-8", "windows-1252").encode("cp1252"))
xlsx("not-utf8", sheet(TITLES, cells()).encode().replace("Sì".encode(), b"S\xec"))
xlsx("cut-xml", sheet(TITLES, cells())[:-40])
xlsx("not-xml", "phone,purpose,act\n")
xlsx("empty-part", "")
xlsx("two-roots", sheet(TITLES, cells()) + "<a/>")
xlsx("doctype", sheet(TITLES, cells(), before="<!DOCTYPE worksheet>"))
xlsx("laughs", sheet(TITLES, cells(text='<c t="inlineStr"><is><t>&c;</t></is></c>'), before=(
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>')))
xlsx("external-entity", sheet(TITLES, cells(text='<c t="inlineStr"><is><t>&x;</t></is></c>'), before=(
    '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>')))
xlsx("deep", sheet(TITLES, cells(), behind="<a>" * 100 + "</a>" * 100))
xlsx("macro", sheet(TITLES, cells()), xl__vbaProject_bin=b"\xd0\xcf\x11\xe0")
xlsx("links", sheet(TITLES, cells()), xl__externalLinks__externalLink1_xml="<externalLink/>")
HIDDEN = WORKBOOK.replace("<sheet name", '<sheet name="0" sheetId="9" state="hidden" r:id="rId9"/><sheet name')
xlsx("hidden-sheet-first", sheet(TITLES, cells()), xl__workbook_xml=HIDDEN)
xlsx("hidden-sheets-only", sheet(TITLES, cells()), xl__workbook_xml=WORKBOOK.replace("sheetId", 'state="veryHidden" sheetId'))
xlsx("no-sheets", sheet(TITLES, cells()), xl__workbook_xml=f'<workbook xmlns="{MAIN}"><sheets/></workbook>')
xlsx("sheet-without-place", sheet(TITLES, cells()), xl__workbook_xml=WORKBOOK.replace('r:id="rId1"', ""))
put("xlsx-no-relations.xlsx", package({k: v for k, v in parts(sheet(TITLES, cells())).items() if "rels" not in k}))
put("xlsx-no-sheet-part.xlsx", package({k: v for k, v in parts("").items() if "sheet1" not in k}))
put("xlsx-no-styles.xlsx", package({k: v for k, v in parts(sheet(TITLES, cells())).items() if "styles" not in k}))
put("xlsx-whole-path.xlsx", package({**parts(sheet(TITLES, cells())),
                                     "xl/_rels/workbook.xml.rels": RELATIONS.replace("worksheets/", "/xl/worksheets/")}))
put("xlsx-path-outside.xlsx", package({**parts(sheet(TITLES, cells())),
                                       "xl/_rels/workbook.xml.rels": RELATIONS.replace("worksheets/", "../../etc/")}))
put("xlsx-1904.xlsx", package({**parts(sheet(TITLES, cells(at='<c s="1"><v>44570</v></c>'))),
                               "xl/workbook.xml": WORKBOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')}))
put("xlsx-sheet-first.xlsx", package(dict(reversed(parts(sheet(TITLES, cells())).items()))))
put("xlsx-many-styles.xlsx", package({**parts(sheet(TITLES, cells())), "xl/styles.xml": "<s><cellXfs>" + "<xf/>" * 5000
                                      + "</cellXfs></s>"}))

# --- archives ---

put("zip-empty.xlsx", package({}))
put("zip-other.xlsx", package({"readme.txt": "hello"}))
put("zip-document.docx", package({"word/document.xml": "<w/>"}))
put("zip-open-document.ods", package({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<o/>"}))
put("zip-inside-zip.xlsx", package({"table.xlsx": package(parts(sheet(TITLES, cells())))}))
put("zip-many-entries.xlsx", package({**{f"{i}": "" for i in range(1100)}, **parts(sheet(TITLES, cells()))}))
put("zip-bomb.xlsx", package({"xl/bomb.xml": b"\0" * (40 << 20), **parts(sheet(TITLES, cells()))}))
put("zip-bomb-sheet.xlsx", package(parts(sheet(TITLES, cells(text=text(" " * (40 << 20)))))))
put("zip-strange-names.xlsx", package({"../../evil": "x", "/etc/passwd": "x", "C:\\evil": "x", "a\tb": "x",
                                       **parts(sheet(TITLES, cells()))}))
WHOLE = package(parts(sheet(TITLES, cells())))
put("zip-cut-in-half.xlsx", WHOLE[:len(WHOLE) // 2])
put("zip-no-directory.xlsx", WHOLE[:WHOLE.index(b"PK\x01\x02")])
put("zip-behind-noise.xlsx", b"noise" + WHOLE)
put("zip-noise-behind.xlsx", WHOLE + b"noise" * 100)
put("zip-four-bytes.xlsx", b"PK\x03\x04")


def changed(offset, data):
    at = WHOLE.index(b"xl/worksheets/sheet1.xml") - 30
    return WHOLE[:at + offset] + data + WHOLE[at + offset + len(data):]


put("zip-encrypted.xlsx", changed(6, b"\x01\0"))
put("zip-unknown-method.xlsx", changed(8, b"\x63\0"))
put("zip-wrong-checksum.xlsx", changed(14, b"\x12\x34\x56\x78"))
put("zip-wrong-size.xlsx", changed(22, struct.pack("<I", 12)))
put("zip-broken-data.xlsx", changed(70, b"\xff" * 8))


def main(directory):
    os.makedirs(directory, exist_ok=True)
    for name, data in FILES.items():
        with open(os.path.join(directory, name), "wb") as f:
            f.write(data)
    print(len(FILES))


main(sys.argv[1])
