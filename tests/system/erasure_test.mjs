// A person is forgotten: what is kept of them is shown, destroyed, and cannot be found in the store by whoever tries all
// numbers; the ledger verifies with both verifiers, and the number stays blocked, also after it is imported again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, person, startWorld, template, text, until, varcoBin } from './lib/varco.mjs';

const root = new URL('../..', import.meta.url).pathname;
const gone = person(1);
const kept = person(2);
const restricted = person(3);
const words = 'Vorrei ricevere le offerte della Bottega, dice Marta';
let world, point;

const run = (program, args) => spawnSync(program, args, {
  encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
});
const varco = (...args) => run(varcoBin, args);
const verify = (...args) => varco('ledger', 'verify', '--state-dir', world.state, ...args);

function json(...args) {
  const r = varco(...args, '--json');
  assert.equal(r.status, 0, r.stderr);
  return JSON.parse(r.stdout);
}

const json_of = (r) => JSON.parse(r.stdout);

function file(name, content) {
  const path = join(world.directory, name);
  writeFileSync(path, content);
  return path;
}

const sql = (statement) => {
  const r = run('python3', ['-c', `
import json, sqlite3, sys
db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
print(json.dumps(db.execute(sys.argv[2]).fetchall(), default=lambda b: b.hex()))
`, join(world.state, 'varco.db'), statement]);
  assert.equal(r.status, 0, r.stderr);
  return JSON.parse(r.stdout);
};

const canonical = (value) => JSON.stringify(value, (_, v) =>
  (v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort()) : v));

// Every number of the prefix against the store, its log and a backup of it; those that are found, and how.
function attack(...more) {
  const db = join(world.state, 'varco.db');
  const backup = join(world.directory, 'backup.db');
  rmSync(backup, { force: true });
  const r = run('python3', ['-c', `
import sqlite3, sys
sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True).backup(sqlite3.connect(sys.argv[2]))
`, db, backup]);
  assert.equal(r.status, 0, r.stderr);
  const bodies = [template('{to}', 'order_shipped', '1'), text('{to}', 'Ciao'), template('{to}', 'spring_offer', 'Marta')]
    .flatMap((body, i) => ['--body', file(`body-${i}.json`, canonical(body))]);
  const digits = Number(process.env.VARCO_ATTACK_DIGITS ?? 4);
  const files = [db, `${db}-wal`, backup].filter(existsSync);
  const found = run(join(root, 'tests/erasure_attack.py'),
    [gone.slice(1, -digits), String(digits), ...bodies, ...files, ...more]);
  assert.equal(found.status, 0, found.stderr);
  return new Map(found.stdout.split('\n').filter(Boolean).map((line) => {
    const [number, ...how] = line.split(' ');
    return [`+${number}`, how.join(' ')];
  }));
}

before(async () => {
  world = await startWorld({ company: { people: 9 } });
  for (const who of [gone, kept, restricted]) {
    const r = varco('consent', 'record', '--phone', who, '--purpose', 'marketing', '--evidence', 'form', '--text', words,
      '--source', 'https://shop.example/signup');
    assert.equal(r.status, 0, r.stderr);
    await world.sim.inbound({ number: company.number, from: who, text: 'Ciao' });
  }
  await world.sim.idle();
  for (const who of [gone, kept, restricted]) {
    await world.send(template(who, 'order_shipped', '1'), { key: `order of ${who}` });
    await world.send(text(who, 'Ciao'));
    await world.send({ ...template(who, 'spring_offer', 'Marta'), biz_opaque_callback_data: `campaign:${who}` });
  }
  await world.sim.idle();
});

after(() => world.stop());

test('what is kept of a person is shown, with reasons and what opens the ledger', () => {
  const record = json('consent', 'dsar', '--phone', gone, '--identity', 'identity card');
  assert.equal(record.format, 'varco-dsar/1');
  assert.equal(record.phone, gone);
  assert.equal(record.consents.find((c) => c.text === words).purpose, 'marketing');
  assert.equal(record.contacts.length, 1);
  assert.ok(record.decisions.length >= 3);
  for (const { decision, ledger } of record.decisions) {
    assert.match(decision.decision, /^dec_/);
    assert.match(ledger.salt, /^[0-9a-f]{64}$/);
    assert.equal(JSON.parse(ledger.content).decision, decision.decision);
  }
  assert.ok(!JSON.stringify(record).includes(kept));
});

test('the same for people to read, as one page and as PDF', () => {
  const as = (format) => {
    const r = varco('consent', 'dsar', '--phone', gone, '--format', format, '--lang', 'it');
    assert.equal(r.status, 0, r.stderr);
    return r.stdout;
  };
  const path = join(world.directory, 'dsar.pdf');
  const r = spawnSync(varcoBin, ['consent', 'dsar', '--phone', gone, '--format', 'pdf', '--lang', 'it'], {
    env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
  });
  assert.equal(r.status, 0, String(r.stderr));
  writeFileSync(path, r.stdout);
  const pdf = run('pdftotext', ['-layout', path, '-']);
  assert.equal(pdf.status, 0, pdf.stderr);
  const record = json('consent', 'dsar', '--phone', gone);
  const verdicts = { allow: 'consentito', hold: 'in sospeso', refuse: 'rifiutato' };
  const decided = record.decisions.map(({ decision }) => verdicts[decision.verdict]);
  assert.ok(decided.length >= 3);
  for (const told of [as('html'), pdf.stdout]) {
    for (const word of ['Dati conservati su una persona', gone, record.person, ...decided]) assert.ok(told.includes(word), word);
    assert.ok(!told.includes(kept));
    assert.ok(!told.includes(record.consents[0].ledger.salt));
  }
  const spelt = pdf.stdout.replace(/\s+/g, ' ');
  assert.ok(words.split(' ').every((word) => spelt.includes(word)), spelt);
});

test('before, the attack finds everybody who is in the store', () => {
  const found = attack();
  for (const who of [gone, kept]) {
    const how = found.get(who) ?? '';
    for (const way of ['integer', 'text', 'digest of a body']) assert.ok(how.includes(way), `${who}: ${how}`);
  }
});

test('erasing asks whether it is meant, and takes no words that may name somebody', () => {
  assert.equal(varco('consent', 'erase', '--phone', gone).status, 2);
  assert.equal(varco('consent', 'erase', '--phone', gone, '--yes', '--reason', `asked from ${gone}`).status, 2);
  assert.equal(varco('consent', 'erase', '--phone', gone, '--yes', '--ground', 'because').status, 2);
  assert.equal(varco('consent', 'erase', '--phone', person(77), '--yes').status, 1);
  assert.equal(json('consent', 'show', '--phone', gone).phone, gone);
});

test('a person is forgotten, and the ledger verifies with both verifiers', async () => {
  const path = file('point.txt', varco('ledger', 'checkpoint').stdout);
  point = path;
  const report = json('consent', 'erase', '--phone', gone, '--reason', 'asked by letter', '--yes');
  assert.match(report.erasure, /^era_/);
  assert.equal(report.ground, 'gdpr.17.1.b');
  assert.ok(report.consents >= 2 && report.decisions >= 3);
  assert.ok(report.remains.some((r) => r.what === 'webhooks' && r.until));
  assert.equal(varco('consent', 'show', '--phone', gone).status, 1);
  assert.equal(verify('--checkpoint', path).status, 0);
  const out = join(world.directory, 'ledger.jsonl');
  assert.equal(varco('ledger', 'export', out).status, 0);
  const second = run('python3', [join(root, 'tools/ledger_verify.py'), 'export', out, '--key', join(world.state, 'ledger.pub'),
    '--checkpoint', path]);
  assert.equal(second.status, 0, second.stderr);
  assert.match(second.stdout, new RegExp(`${report.entries} records are forgotten`));
  const entries = readFileSync(out, 'utf8').split('\n').filter(Boolean).slice(1).map(JSON.parse);
  const erased = entries.find((e) => e.type === 'erased');
  assert.deepEqual(Object.keys(JSON.parse(erased.content)), ['at', 'category', 'entries', 'erasure', 'ground', 'suppressed']);
  const act = entries.find((e) => e.type === 'operator' && JSON.parse(e.content).operation === 'eraseConsent');
  assert.deepEqual(JSON.parse(act.content).people, []);
  assert.equal(JSON.parse(act.content).values.reason, 'asked by letter');
});

test('after, nobody finds them in the store, its log or a backup', async () => {
  await until(() => sql('SELECT done_at FROM scrub')[0]?.[0], 'the clearing of the store');
  const found = attack();
  assert.equal(found.get(gone), undefined);
  assert.ok(found.has(kept), 'the attack finds those who are there');
  const all = readFileSync(join(world.state, 'varco.db')).toString('latin1');
  assert.ok(!all.includes('ricevere'), 'words are sealed');
});

test('they stay blocked, also after they are imported again and after a restart', async () => {
  const refused = async () => {
    const r = await world.send(template(gone, 'order_shipped', '1'), { key: 'again' });
    assert.equal(r.status, 400);
    assert.deepEqual(r.json().error.varco.rules.map((x) => x.id).filter((x) => x.startsWith('recipient')),
      ['recipient.suppressed']);
  };
  await refused();
  assert.equal(attack().get(gone), undefined, 'a send that was refused does not bring them back');
  const table = file('again.csv', `phone,purpose,act,at,evidence\n${gone},marketing,grant,2026-11-01T10:00:00Z,form\n`);
  const back = json_of(varco('consent', 'import', table, '--json'));
  assert.equal(back.rejected, 1);
  assert.equal(attack().get(gone), undefined, 'nor does an import');
  await refused();
  await world.gateway.stop();
  await world.startGateway();
  await refused();
});

test('who comes back by what they did themselves is written to again', async () => {
  const record = (evidence) => varco('consent', 'record', '--phone', gone, '--purpose', 'utility', '--evidence', evidence);
  const refused = record('form');
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /asked to be forgotten/);
  const before = { phone: gone, purpose: 'utility', evidence: 'double_opt_in', at: new Date(Date.now() - 86400000).toISOString() };
  await assert.rejects(world.api('POST', '/api/v1/consents', before), (e) => e.status === 400 && /forgotten since/.test(e.message));
  assert.equal(attack().get(gone), undefined, 'nor does what they did before');
  assert.equal(record('double_opt_in').status, 0);
  const { decision } = await world.send(template(gone, 'order_shipped', '1'));
  assert.equal((await world.decision(decision)).verdict, 'allow'); // what the platform says to it is its own business
});

test('somebody merely destroying evidence is noticed by both', () => {
  const copy = join(world.directory, 'tampered.db');
  const r = run('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
sqlite3.connect('file:' + sys.argv[2] + '?mode=ro', uri=True).backup(db)
leaf = db.execute("SELECT max(leaf) FROM consent").fetchone()[0]
db.execute("DELETE FROM consent WHERE leaf = ?", (leaf,))
db.execute("DELETE FROM consent_record WHERE leaf = ?", (leaf,))
db.execute("UPDATE ledger_leaf SET salt = x'', ref = 0 WHERE seq = ?", (leaf,))
db.commit()
print(leaf)
`, copy, join(world.state, 'varco.db')]);
  assert.equal(r.status, 0, r.stderr);
  const first = verify('--store', `sqlite:${copy}`);
  assert.equal(first.status, 8);
  assert.match(first.stdout + first.stderr, new RegExp(`entry ${r.stdout.trim()} stands for was destroyed`));
  const out = join(world.directory, 'whole.jsonl');
  rmSync(out, { force: true });
  assert.equal(varco('ledger', 'export', out).status, 0);
  const lines = readFileSync(out, 'utf8').split('\n').filter(Boolean);
  const n = lines.findLastIndex((l) => l.includes('"type":"consent"') && !l.includes('"content":null'));
  lines[n] = JSON.stringify({ ...JSON.parse(lines[n]), record: null, salt: null, content: null });
  const second = run('python3', [join(root, 'tools/ledger_verify.py'), 'export', file('t.jsonl', `${lines.join('\n')}\n`),
    '--key', join(world.state, 'ledger.pub')]);
  assert.equal(second.status, 8);
  assert.match(second.stderr, new RegExp(`What entry ${n} stands for was destroyed`));
  const newest = file('newest.txt', varco('ledger', 'checkpoint').stdout);
  rmSync(out, { force: true });
  assert.equal(varco('ledger', 'export', out).status, 0);
  const mutated = run('python3', [join(root, 'tests/ledger_mutations.py'), out, join(world.state, 'ledger.pub'), newest, '300']);
  assert.equal(mutated.status, 0, mutated.stderr);
});

test('what is kept for the defence of claims is sealed, opened with a reason, and has its date', () => {
  const report = json('consent', 'restrict', '--phone', restricted, '--reason', 'claim announced', '--yes');
  assert.match(report.restriction, /^res_/);
  assert.equal(report.ground, 'gdpr.17.3.e');
  assert.equal(varco('consent', 'show', '--phone', restricted).status, 1);
  const { items } = json('consent', 'restrictions');
  assert.deepEqual(items.map((x) => [x.id, x.until]), [[report.restriction, report.until]]);
  assert.equal(varco('consent', 'open', report.restriction).status, 2);
  const { record } = json('consent', 'open', report.restriction, '--reason', 'statement of defence');
  assert.equal(record.phone, restricted);
  assert.ok(record.consents.every((c) => /^[0-9a-f]{64}$/.test(c.ledger.salt)));
  assert.equal(verify('--checkpoint', point).status, 0);
  assert.equal(varco('consent', 'open', 'res_0c5gq3hr8v2zk', '--reason', 'x').status, 1);
});
