// The ledger as an auditor meets it: checkpoints on demand and told elsewhere, verified by the binary without a server and
// by tools/ledger_verify.py from an export, proofs, and what is said once somebody has been at the store.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, inParallel, person, startWorld, template, text, until, varcoBin } from './lib/varco.mjs';

const root = new URL('../..', import.meta.url).pathname;
let world, elsewhere, posts, receiver, key;

const run = (program, args) => spawnSync(program, args, {
  encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
});
const varco = (...args) => run(varcoBin, args);
const python = (...args) => run('python3', args);
const verify = (...args) => varco('ledger', 'verify', '--state-dir', world.state, ...args);
const second = (...args) => python(join(root, 'tools/ledger_verify.py'), ...args);

// A file of what the verb prints.
function keep(name, ...args) {
  const r = varco(...args);
  assert.equal(r.status, 0, r.stderr);
  const path = join(world.directory, name);
  writeFileSync(path, r.stdout);
  return path;
}

function exported(name) {
  const path = join(world.directory, name);
  rmSync(path, { force: true });
  const r = varco('ledger', 'export', path);
  assert.equal(r.status, 0, r.stderr);
  return path;
}

// What somebody does who can write to the store.
function tamper(sql) {
  const r = python('-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(sys.argv[2])
db.commit()
`, join(world.state, 'varco.db'), sql);
  assert.equal(r.status, 0, r.stderr);
}

// So many entries, a tenth of them consents out of a table.
async function fill(entries) {
  const { items: [newest] } = await world.api('GET', '/api/v1/ledger?limit=1');
  const missing = Math.max(0, entries - newest.seq);
  const rows = Array.from({ length: Math.ceil(missing / 10) }, (_, i) => `+15550${String(100000 + i)},utility,withdraw`);
  if (rows.length) await world.api('POST', '/api/v1/consents/import', { file: ['phone,purpose,act', ...rows].join('\n') });
  await inParallel(Array.from({ length: missing }, (_, i) => i), (i) => world.send(text(person(1 + i % 90), `${i}`)));
}

before(async () => {
  posts = [];
  receiver = http.createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (chunk) => { body += chunk; });
    req.on('end', () => {
      posts.push({ type: req.headers['content-type'], body });
      res.end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  world = await startWorld({ company: { people: 9 } });
  elsewhere = join(world.directory, 'elsewhere');
  mkdirSync(elsewhere);
  await world.gateway.stop();
  await world.startGateway({
    ledger: { checkpoint_file: elsewhere, checkpoint_url: `http://127.0.0.1:${receiver.address().port}/points` },
  });
  key = join(world.state, 'ledger.pub');
  await world.sim.inbound({ number: company.number, from: person(1), text: 'Ciao' });
  await world.sim.idle();
  for (let i = 1; i < 9; i++) await world.send(template(person(i), 'order_shipped', `${i}`));
  await world.send(text(person(1), 'Ecco'));
  await world.send(text(person(50), 'Ciao'));
  await world.sim.idle();
});

after(async () => {
  await world.stop();
  await new Promise((resolve) => { receiver.close(resolve); });
});

test('the key is made at first start, for its owner only, and the verifier key for everybody', () => {
  assert.equal(statSync(join(world.state, 'ledger.key')).mode & 0o777, 0o600);
  assert.equal(statSync(key).mode & 0o777, 0o644);
  assert.match(readFileSync(key, 'utf8'), /^varco-ledger\/[0-9a-f]{32}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n$/);
});

test('a checkpoint on demand holds for both verifiers, with the gateway running', () => {
  const point = keep('first.txt', 'ledger', 'checkpoint');
  const r = verify('--checkpoint', point, '--json');
  assert.equal(r.status, 0, r.stderr);
  const told = JSON.parse(r.stdout);
  assert.equal(told.ok, true);
  assert.equal(told.given, 1);
  assert.ok(told.entries > 20);
  assert.ok(told.covered > 20);
  const other = second('export', exported('first.jsonl'), '--key', key, '--checkpoint', point);
  assert.equal(other.status, 0, other.stderr);
  assert.match(other.stdout, new RegExp(`^${told.entries} entries hold`));
});

test('the newest checkpoint is told to the directory and the address', async () => {
  // Each is told to the one, and then to the other.
  const written = await until(() => {
    const files = readdirSync(elsewhere).filter((name) => name.startsWith('checkpoint-')).sort();
    return files.length && posts.at(-1)?.body === readFileSync(join(elsewhere, files.at(-1)), 'utf8') && files;
  }, 'the checkpoint');
  assert.match(written[0], /^checkpoint-\d{12}\.txt$/);
  assert.equal(posts.at(-1).type, 'text/plain; charset=utf-8');
  const r = verify('--checkpoint', join(elsewhere, written.at(-1)));
  assert.equal(r.status, 0, r.stdout + r.stderr);
});

test('entries are proved one by one, and since an older checkpoint', async () => {
  const sent = await world.send(text(person(1), 'Ancora'));
  const none = varco('ledger', 'proof', sent.decision);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /No checkpoint covers this entry yet/);
  keep('second.txt', 'ledger', 'checkpoint');
  const first = join(world.directory, 'first.txt');
  const size = readFileSync(first, 'utf8').split('\n')[1];
  for (const entry of [sent.decision, '1', '7', size]) {
    const proof = keep('proof.json', 'ledger', 'proof', entry, '--since', size);
    const r = second('proof', proof, '--key', key, '--checkpoint', first);
    assert.equal(r.status, 0, r.stderr);
    const parsed = JSON.parse(readFileSync(proof, 'utf8'));
    if (entry === sent.decision) {
      assert.equal(parsed.record, entry);
      assert.equal(JSON.parse(parsed.content).verdict, 'allow');
    }
    writeFileSync(proof, JSON.stringify({ ...parsed, time: parsed.time + 1 }));
    assert.equal(second('proof', proof, '--key', key).status, 8);
    writeFileSync(proof, JSON.stringify({ ...parsed, path: parsed.path.slice(1) }));
    assert.equal(second('proof', proof, '--key', key).status, 8);
  }
  for (const [entry, words, code] of [
    ['999999', /There is no such entry/, 1], ['dec_0000000000001', /There is no such decision/, 1],
    ['tuesday', /number of an entry or the id of a decision/, 2],
  ]) {
    const r = varco('ledger', 'proof', entry);
    assert.match(r.stderr, words);
    assert.equal(r.status, code, r.stderr);
  }
});

test('the tail is the end, page by page', async () => {
  const { items, next } = await world.api('GET', '/api/v1/ledger?limit=3');
  assert.equal(items.length, 3);
  const { items: before } = await world.api('GET', `/api/v1/ledger?limit=3&cursor=${next}`);
  assert.deepEqual(before.map((x) => x.seq + 3), items.map((x) => x.seq));
  assert.match(varco('ledger', 'tail', '3').stdout, new RegExp(`\n${items[2].seq} `));
  await assert.rejects(world.api('GET', '/api/v1/ledger?cursor=x'), { status: 400 });
});

const entriesOf = (path) => readFileSync(path, 'utf8').split('\n').filter(Boolean).slice(1).map(JSON.parse);

test('operators leave no telephone numbers in what is kept', () => {
  const all = entriesOf(exported('numbers.jsonl'));
  const acts = all.filter((x) => x.type === 'operator').map((x) => JSON.parse(x.content));
  assert.ok(acts.some((x) => x.operation === 'addAccount' && x.people.length === 0));
  assert.ok(!JSON.stringify(acts.filter((x) => x.operation.includes('Consent'))).includes('3933312345'));
});

test('the entry of an act tells the limit that was given, as a number or a word', async () => {
  for (const limit of [2000, '250', 'unlimited'])
    await world.api('POST', `/api/v1/accounts/${company.waba}`, { limit });
  const acts = entriesOf(exported('limits.jsonl')).filter((x) => x.type === 'operator').slice(-3);
  assert.deepEqual(acts.map((x) => JSON.parse(x.content).values.limit), [2000, 250, 'unlimited']);
});

// Two keys that are known apart are two people: the act was about both, and each has an entry of their own.
test('the entry of an act names everybody that it was about', async () => {
  const keys = { phone: person(7), bsuid: 'IT.Ledger7' };
  const grant = (who) => world.api('POST', '/api/v1/consents', { ...who, purpose: 'all', evidence: 'form', text: 'Sì' });
  const known = [await grant({ phone: keys.phone }), await grant({ bsuid: keys.bsuid })].map((x) => x.person);
  await world.api('POST', '/api/v1/consents/withdraw', { ...keys, purpose: 'all', text: 'Basta, 333 123 4507' });
  const all = entriesOf(exported('people.jsonl'));
  const { at, ...act } = JSON.parse(all.at(-1).content);
  assert.ok(Number.isInteger(at));
  assert.deepEqual({ ...act, people: act.people.toSorted() }, {
    by: 'admin', from: '127.0.0.1', id: null, operation: 'withdrawConsent', people: known.toSorted(),
    values: { phone: 'given', bsuid: 'given', purpose: 'all', text: 'given' },
  });
  const consents = all.slice(-3, -1).map((x) => JSON.parse(x.content));
  assert.deepEqual(consents.map((x) => [x.act, x.person]), act.people.map((id) => ['withdraw', id]));
});

test('an import is one act, which what came of it names', async () => {
  const table = `phone,purpose,act\n${person(5)},all,withdraw\n${person(6)},all,withdraw\n`;
  const { import: id } = await world.api('POST', '/api/v1/consents/import', { file: table });
  const [act, ...consents] = entriesOf(exported('import.jsonl')).slice(-3).map((x) => JSON.parse(x.content));
  assert.deepEqual([act.id, act.operation, act.people], [id, 'importConsents', []]);
  assert.match(act.values.file, /^[0-9a-f]{64}$/);
  assert.deepEqual(consents.map((x) => [x.act, x.import]), [['withdraw', id], ['withdraw', id]]);
});

test('an export is its owner\'s only, and whole or not there', () => {
  const path = exported('private.jsonl');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const again = varco('ledger', 'export', path);
  assert.notEqual(again.status, 0);
  assert.match(again.stderr, /cannot be made/);
  assert.ok(existsSync(path));
  const token = join(world.directory, 'wrong.token'), none = join(world.directory, 'denied.jsonl');
  writeFileSync(token, 'wrong\n', { mode: 0o600 });
  const denied = varco('ledger', 'export', none, '--admin-token-file', token);
  assert.notEqual(denied.status, 0);
  assert.ok(!existsSync(none));
});

// VARCO_LEDGER_MUTATIONS says how often, and VARCO_LEDGER_ENTRIES to how many entries at least.
test('whatever is done to an export is noticed', async (t) => {
  const [mutations, entries] = [process.env.VARCO_LEDGER_MUTATIONS ?? '400', Number(process.env.VARCO_LEDGER_ENTRIES ?? 0)];
  await fill(entries);
  const point = keep('mutated.txt', 'ledger', 'checkpoint');
  const r = python(join(root, 'tests/ledger_mutations.py'), exported('mutated.jsonl'), key, point, mutations);
  assert.equal(r.status, 0, r.stderr);
  const [, done, of] = r.stdout.match(/^(\d+) mutations of (\d+) entries were noticed$/m);
  assert.equal(done, mutations);
  assert.ok(Number(of) >= entries);
  t.diagnostic(r.stdout.trim());
});

test('a record that was changed, and a ledger that was rolled back', async () => {
  const store = join(world.state, 'varco.db'), copy = join(world.directory, 'copy.db');
  const first = join(world.directory, 'second.txt');
  await world.gateway.stop();
  for (const suffix of ['-wal', '-shm']) assert.ok(!existsSync(store + suffix) || statSync(store + suffix).size === 0
    || suffix === '-shm');
  copyFileSync(store, copy);
  tamper("UPDATE decision SET verdict = (verdict + 1) % 3 WHERE leaf = (SELECT max(leaf) FROM decision)");
  const changed = verify('--checkpoint', first);
  assert.equal(changed.status, 8, changed.stdout + changed.stderr);
  assert.match(changed.stdout, /^Entry \d+ \(dec_\w+\) was changed, or the record that it stands for\.$/m);
  const told = JSON.parse(verify('--json').stdout);
  assert.equal(told.ok, false);
  assert.equal(told.finding.fault, 'record.changed');
  rmSync(`${store}-wal`, { force: true });
  rmSync(`${store}-shm`, { force: true });
  copyFileSync(copy, store);
  await world.startGateway();
  await world.send(text(person(1), 'Dopo'));
  const later = keep('later.txt', 'ledger', 'checkpoint');
  await world.gateway.stop();
  assert.equal(verify('--checkpoint', later).status, 0);
  rmSync(`${store}-wal`, { force: true });
  rmSync(`${store}-shm`, { force: true });
  copyFileSync(copy, store);
  assert.equal(verify().status, 0);
  const rolled = verify('--checkpoint', later);
  assert.equal(rolled.status, 8);
  assert.match(rolled.stdout, /^The ledger was cut off or rolled back/);
  await world.startGateway();
});

test('what cannot be verified is said', () => {
  const bad = join(world.directory, 'bad.txt');
  writeFileSync(bad, 'x\n');
  for (const [args, words] of [
    [['--checkpoint', bad], /is no checkpoint/],
    [['--key', bad], /does not hold a verifier key/],
    [['--store', 'sqlite:/nowhere/at/all.db', '--key', key], /cannot be read/],
  ]) {
    const r = verify(...args);
    assert.equal(r.status, 1, r.stdout + r.stderr);
    assert.match(r.stderr, words);
  }
});
