// An import from beginning to end, as an operator meets it: a dry run, the real one with errors and an opt-out that stays,
// the report as a file, undoing, importing again; a workbook; what comes out is no formula and comes in again.
//
// dev: binary=both
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { person, request, startWorld, template, until, varcoBin } from './lib/varco.mjs';

const [OK, FAILED, USAGE, PARTLY, CONFLICT] = [0, 1, 2, 4, 7];
const HEAD = 'phone,purpose,act,at,evidence,text,source';
let world;

before(async () => { world = await startWorld({ company: { people: 0 } }); });
after(() => world.stop());

function run(args, o = {}) {
  const child = spawn(varcoBin, args, {
    cwd: world.directory, env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken, ...o.env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (d) => { out += d; });
  child.stderr.on('data', (d) => { err += d; });
  if (o.input) child.stdin.end(o.input);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, err, json: () => JSON.parse(out) }));
  });
}

async function expect(code, ...args) {
  const r = await run(args);
  assert.equal(r.code, code, `${args.join(' ')}: ${r.out}${r.err}`);
  return r;
}

const get = async (...args) => (await expect(OK, ...args, '--json')).json();
const acts = async (n) => (await get('consent', 'show', '--phone', person(n))).consents.map((c) => [c.purpose, c.act]);
const grant = (n, at = '2026-01-10T09:00:00Z') => `${person(n)},marketing,grant,${at},form,Sì,sito`;
const file = (name, ...rows) => {
  writeFileSync(join(world.directory, name), [HEAD, ...rows, ''].join('\r\n'));
  return name;
};
const post = (body, query = '', headers = {}) => request(`${world.url}/api/v1/consents/import${query}`, {
  method: 'POST', body, headers: { Authorization: `Bearer ${world.adminToken}`, 'Content-Type': 'text/csv', ...headers },
});

test('a dry run, the import, its report, an opt-out that stays', async () => {
  await expect(OK, 'consent', 'withdraw', '--phone', person(1), '--purpose', 'all', '--source', 'telefono', '--at', '2026-02-01T00:00:00Z');
  const name = file('spring.csv', grant(1), grant(2), grant(3), grant('x'), '"3,93E+11",all,grant,2026-01-10,form,,',
    `${person(4)},marketng,grant,2026-01-10,form,,`);
  const dry = await run(['consent', 'import', name, '--dry-run', '--json']);
  assert.equal(dry.code, PARTLY, dry.err);
  assert.equal(dry.err, '');
  assert.deepEqual([dry.json().import, dry.json().state, dry.json().accepted], [null, 'tried', 2]);
  await expect(FAILED, 'consent', 'show', '--phone', person(2));

  const done = (await expect(PARTLY, 'consent', 'import', name, '--name', 'primavera', '--report', 'report.csv', '--json')).json();
  assert.match(done.import, /^imp_/);
  assert.deepEqual([done.state, done.name, done.by, done.form, done.total, done.rows, done.accepted, done.rejected, done.opt_outs_kept],
    ['done', 'primavera', 'admin', 'csv', 6, 6, 2, 4, 1]);
  assert.equal(done.bytes, readFileSync(join(world.directory, name)).length);
  const sum = spawnSync('sha256sum', [join(world.directory, name)], { encoding: 'utf8' }).stdout.split(' ')[0];
  assert.equal(done.sha256, sum);
  assert.deepEqual(done.report.map((x) => [x.row, x.column, x.suggestion]),
    [[2, 'act', null], [5, 'phone', null], [6, 'phone', null], [7, 'purpose', 'marketing']]);

  const report = readFileSync(join(world.directory, 'report.csv'), 'utf8').trimEnd().split('\r\n');
  assert.equal(report[0], '"row","column","value","reason","fix","suggestion"');
  assert.equal(report.length, 5);
  assert.match(report[1], /^"2","act","'\+39 333 •••01","A withdrawal that is as new or newer/);
  assert.equal((await expect(OK, 'import', 'report', done.import)).out, readFileSync(join(world.directory, 'report.csv'), 'utf8'));
  assert.match((await run(['import', 'report', done.import], { env: { LC_ALL: 'it_IT.UTF-8' } })).out, /arrotondato/);
  await expect(FAILED, 'consent', 'import', name, '--report', 'report.csv'); // it is there already

  assert.deepEqual(await acts(1), [['all', 'withdraw']]);
  assert.deepEqual(await acts(2), [['marketing', 'grant']]);
  const refused = await world.send(template(person(1), 'spring_offer', 'Anna'));
  assert.equal(refused.status, 400);
});

test('it can be undone, and what people did since stays', async () => {
  const { import: id } = await get('consent', 'import', file('undo.csv', grant(11), grant(12), `${person(13)},all,grant,2026-01-10,form,,`));
  await expect(OK, 'consent', 'withdraw', '--phone', person(12), '--purpose', 'marketing', '--source', 'telefono');
  await expect(OK, 'consent', 'record', '--phone', person(13), '--purpose', 'marketing', '--evidence', 'form', '--text', 'Sì');
  const sent = await world.send(template(person(11), 'spring_offer', 'Anna'));
  assert.equal(sent.status, 200, sent.text);

  const undone = await get('import', 'undo', id);
  assert.deepEqual([undone.state, undone.undone, undone.kept], ['undone', 2, 1]);
  assert.ok(undone.undone_at);
  assert.deepEqual(await acts(11), [['marketing', 'grant'], ['marketing', 'withdraw']]);
  assert.deepEqual(await acts(12), [['marketing', 'grant'], ['marketing', 'withdraw']]);
  assert.deepEqual((await acts(13)).at(-1), ['marketing', 'grant']);
  const refused = await world.send(template(person(11), 'spring_offer', 'Anna'));
  assert.deepEqual(refused.json().error.varco.rules.map((r) => r.id).includes('consent.withdrawn'), true);
  const again = await get('import', 'undo', id);
  assert.deepEqual([again.state, again.undone], ['undone', 2]);

  // The same table, put right, counts again; who took it back in person stays out.
  const fixed = (await expect(PARTLY, 'consent', 'import', 'undo.csv', '--json')).json();
  assert.deepEqual([fixed.accepted, fixed.opt_outs_kept], [2, 1]);
  assert.deepEqual((await acts(11)).at(-1), ['marketing', 'grant']);
  assert.deepEqual((await acts(12)).at(-1), ['marketing', 'withdraw']);
  // What still holds it back is that it is the second of the day.
  const second = (await world.send(template(person(11), 'spring_offer', 'Bea'))).json().error.varco.rules.map((r) => r.id);
  assert.deepEqual(second, ['limit.frequency']);
});

test('imports are listed and shown', async () => {
  const { items } = await get('import', 'list');
  assert.ok(items.length >= 4);
  assert.deepEqual(items.map((x) => x.id), items.map((x) => x.id).sort().reverse());
  const shown = await get('import', 'show', items[0].id);
  const { report, ...rest } = shown;
  assert.deepEqual(rest, items[0]);
  assert.equal(report.length, shown.rejected);
  assert.match((await expect(OK, 'import', 'list')).out, /primavera +done +6 +2 +4 +1/);
  const page = await get('import', 'list', '--limit', '2');
  assert.equal(page.next, page.items[1].id);
  assert.deepEqual((await get('import', 'list', '--limit', '1', '--cursor', page.next)).items[0].id, items[2].id);
  const dry = items.find((x) => x.dry_run);
  await expect(CONFLICT, 'import', 'undo', dry.id);
  await expect(FAILED, 'import', 'show', 'imp_0000000000001');
  await expect(USAGE, 'import', 'show', 'spring');
  await expect(FAILED, 'import', 'undo', 'imp_0000000000001');
});

test('the ledger has all of it, and verifies', async () => {
  const r = await expect(OK, 'ledger', 'verify', '--state-dir', world.state, '--json');
  assert.ok(r.json());
});

test('a workbook', async () => {
  const maker = join(new URL('../import/', import.meta.url).pathname, 'make.py');
  assert.equal(spawnSync('python3', [maker, join(world.directory, 'tables')]).status, 0);
  const late = (await expect(PARTLY, 'consent', 'import', 'tables/xlsx-number.xlsx', '--json')).json();
  assert.deepEqual([late.form, late.rows, late.opt_outs_kept], ['xlsx', 1, 1]); // the first test's withdrawal
  const done = await get('consent', 'import', 'tables/xlsx-gap.xlsx', '--dry-run').catch(() => null);
  assert.equal(done, null);
  const r = await expect(USAGE, 'consent', 'import', 'tables/zip-bomb.xlsx');
  assert.match(r.err, /tighter than any honest file/);
});

test('a file from standard input, in pieces', async () => {
  const r = await run(['consent', 'import', '-', '--json'], { input: [HEAD, grant(21), ''].join('\n') });
  assert.equal(r.code, OK, r.err);
  assert.equal(r.json().accepted, 1);
});

test('what goes out is no formula, and comes in again', async () => {
  await expect(OK, 'consent', 'import', file('formulas.csv', `${person(31)},marketing,grant,2026-01-10T09:00:00Z,form,"=1+1 ""x""",@sito`));
  const table = (await expect(OK, 'consent', 'export', '--format', 'csv')).out;
  const line = table.split('\r\n').find((l) => l.includes(person(31).slice(1)));
  assert.match(line, /^"393331234531","","marketing","grant","2026-01-10T09:00:00Z","form","'=1\+1 ""x""","'@sito",/);
  for (const cell of table.matchAll(/(?:^|,)"([^"])/gm)) assert.doesNotMatch(cell[1], /[=+\-@\t＝＋－＠]/);
  writeFileSync(join(world.directory, 'export.csv'), table);
  const back = await run(['consent', 'import', 'export.csv', '--json']);
  const { rows, accepted, known, opt_outs_kept: blocked } = back.json();
  assert.equal(accepted + blocked, rows);
  assert.equal(known, accepted, JSON.stringify(back.json()));
  await expect(USAGE, 'consent', 'export', '--format', 'pdf');
  await expect(USAGE, 'consent', 'export', '--format', 'csv', '--limit', '3');
});

test('a workbook goes out as well: text only, and it comes in again', async () => {
  const book = spawnSync(varcoBin, ['consent', 'export', '--format', 'xlsx'], {
    env: { ...process.env, VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
  });
  assert.equal(book.status, 0, String(book.stderr));
  writeFileSync(join(world.directory, 'export.xlsx'), book.stdout);
  const table = (await expect(OK, 'consent', 'export', '--format', 'csv')).out.trimEnd().split('\r\n');
  const sheet = spawnSync('python3', ['-c', `
import json, sys, zipfile
import xml.etree.ElementTree as ET
z = zipfile.ZipFile(sys.argv[1])
m = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
shared = []
if 'xl/sharedStrings.xml' in z.namelist():
    shared = [''.join(t.text or '' for t in si.iter(m + 't')) for si in ET.parse(z.open('xl/sharedStrings.xml')).getroot()]
rows = []
for row in ET.parse(z.open('xl/worksheets/sheet1.xml')).iter(m + 'row'):
    cells = []
    for c in row.iter(m + 'c'):
        assert c.get('t') in ('s', 'inlineStr') and c.find(m + 'f') is None, ET.tostring(c)
        cells.append(shared[int(c.find(m + 'v').text)] if c.get('t') == 's' else ''.join(t.text or '' for t in c.iter(m + 't')))
    rows.append(cells)
print(json.dumps(rows))
`, join(world.directory, 'export.xlsx')], { encoding: 'utf8' });
  assert.equal(sheet.status, 0, sheet.stderr);
  const rows = JSON.parse(sheet.stdout);
  assert.equal(rows.length, table.length);
  assert.equal(rows[0].map((x) => `"${x}"`).join(), table[0]);
  assert.ok(rows.flat().every((x) => !/^[ =+@\t-]/.test(x)), 'no cell would be a formula, were it saved as CSV');
  const back = (await run(['consent', 'import', 'export.xlsx', '--dry-run', '--json'])).json();
  assert.equal(back.accepted, back.known);
  assert.ok(back.accepted > 3);
});

test('what proves a consent beside its words comes in, and goes out', async () => {
  const proof = { text_version: '3', language: 'it', notice_version: '2026-10', notice_url: 'https://shop.example/privacy',
    terms_version: '7', terms_url: 'https://shop.example/terms', channel: 'web', how: '=casella spuntata' };
  const names = Object.keys(proof);
  const table = [`phone,purpose,act,at,evidence,text,${names.join()},campagna`,
    `${person(71)},marketing,grant,2026-01-10T09:00:00Z,form,Sì,${names.map((x) => proof[x]).join()},primavera`,
    `${person(72)},marketing,grant,2026-01-10T09:00:00Z,form,Sì,,in inglese,${','.repeat(names.length - 2)}`].join('\n');
  writeFileSync(join(world.directory, 'proofs.csv'), table);
  const done = (await expect(PARTLY, 'consent', 'import', 'proofs.csv', '--json')).json();
  assert.deepEqual(done.report.map((x) => [x.row, x.column, x.value]), [[3, 'language', 'in inglese']]);
  const { consents: [act] } = await get('consent', 'evidence', '--phone', person(71));
  for (const name of names) assert.equal(act[name], proof[name], name);
  const lines = (await expect(OK, 'consent', 'export', '--format', 'csv')).out.split('\r\n').map((x) => x.slice(1, -1).split('","'));
  const row = lines.find(([phone]) => phone === person(71).slice(1));
  for (const name of names) assert.equal(row[lines[0].indexOf(name)], name === 'how' ? `'${proof[name]}` : proof[name], name);
});

test('who does not wait is told where to look', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => `+1${200 + (i % 700)}55501${String(i % 100).padStart(2, '0')},marketing,grant,2026-01-10,form,,`);
  const r = await post([HEAD, ...rows, ''].join('\n'), '?name=molti', { Prefer: 'respond-async' });
  assert.equal(r.status, 202, r.text);
  assert.equal(r.headers['preference-applied'], 'respond-async');
  const { id, state, total } = r.json();
  assert.deepEqual([state, total], ['running', 3000]);
  const shown = await until(async () => {
    const x = await world.api('GET', `/api/v1/imports/${id}`);
    return x.state === 'done' && x;
  }, 'the end of the import');
  assert.deepEqual([shown.rows, shown.accepted, shown.name], [3000, 3000, 'molti']);
});

test('a list that proves only itself does not overrule a withdrawal, however it is dated', async () => {
  await expect(OK, 'consent', 'withdraw', '--phone', person(41), '--purpose', 'all', '--source', 'telefono', '--at', '2026-02-01T00:00:00Z');
  const [bare, proven] = ['', 'form'].map((evidence) => `${person(41)},marketing,grant,2026-03-01,${evidence},,`);
  const r = (await expect(PARTLY, 'consent', 'import', file('dated.csv', bare), '--json')).json();
  assert.deepEqual([r.opt_outs_kept, r.accepted], [1, 0]);
  assert.match(r.report[0].reason, /this list alone/);
  assert.equal((await get('consent', 'import', file('proven.csv', proven))).accepted, 1);
});

test('what is not right is refused before anything is kept', async () => {
  for (const [query, field] of [['?dry_run=perhaps', 'dry_run'], ['?file=x', 'file'], ['?colour=red', 'colour'], ['?name=%07', 'name']]) {
    const r = await post(HEAD, query);
    assert.deepEqual([r.status, r.json().field], [400, field], r.text);
  }
  const stranger = await request(`${world.url}/api/v1/consents/import`, {
    method: 'POST', body: HEAD, headers: { Authorization: 'Bearer nobody', 'Content-Type': 'text/csv' },
  });
  assert.equal(stranger.status, 401);
  assert.deepEqual(readdirSync(world.state).filter((name) => /spool/.test(name)), []);
});

// Dated by the clock on the wall: three years lie behind what the pack lets a consent lie unused.
test('a grant that comes back is as old as it was, and what was delivered since keeps it alive', async () => {
  const ago = (days) => new Date(Date.now() - days * 86400000).toISOString();
  const both = (days) => [61, 62].map((n) => grant(n, ago(days)).replace('marketing', 'utility'));
  const rules = async (n, text) => {
    const r = await world.send(template(person(n), 'order_shipped', text));
    return r.status === 200 ? r.decision : r.json().error.varco.rules.map((x) => x.id);
  };
  await get('consent', 'import', file('long-ago.csv', ...both(1095)));
  assert.deepEqual(await rules(62, 'A0'), ['consent.expired']);
  const { import: id } = await get('consent', 'import', file('of-late.csv', ...both(20)));
  await world.settled(await rules(61, 'A1'), ['delivered', 'read']);
  assert.equal((await get('import', 'undo', id)).undone, 2);
  assert.deepEqual(await rules(62, 'A2'), ['consent.expired']);
  await world.settled(await rules(61, 'A3'), ['delivered', 'read']);
});

test('an import that a kill cut short says so, and can be undone', async () => {
  const rows = Array.from({ length: 60000 }, (_, i) => `+1${200 + (i % 700)}5550${String(100 + (i % 100))},utility,grant,2026-01-${10 + (i % 19)}T0${i % 10}:00:00Z,form,,`);
  const r = await post([HEAD, ...rows, ''].join('\n'), '', { Prefer: 'respond-async' });
  assert.equal(r.status, 202, r.text);
  const { id } = r.json();
  // Each of its 13,300 acts, of which undoing them takes dozens of steps, and not yet all that say them again.
  await until(async () => (await world.api('GET', `/api/v1/imports/${id}`)).rows > 13300, 'many rows');
  const busy = await request(`${world.url}/api/v1/imports/${id}/undo`, { method: 'POST', headers: { Authorization: `Bearer ${world.adminToken}` } });
  assert.ok([200, 409].includes(busy.status), busy.text); // 200 only when it was faster than we are
  await world.gateway.kill();
  await world.startGateway();
  const shown = await world.api('GET', `/api/v1/imports/${id}`);
  assert.ok(['stopped', 'done'].includes(shown.state), shown.state);
  // Whoever asked for the undo is gone with the kill: it comes to its end without being asked again.
  const asked = world.api('POST', `/api/v1/imports/${id}/undo`, {}).catch(() => 'gone');
  const half = await until(async () => {
    const x = await world.api('GET', `/api/v1/imports/${id}`);
    return x.undone + x.kept > 0 && x;
  }, 'an undo that has begun');
  await world.gateway.kill();
  await asked;
  await world.startGateway();
  const undone = await until(async () => {
    const x = await world.api('GET', `/api/v1/imports/${id}`);
    return x.state === 'undone' && x;
  }, 'the end of the undo', 60000);
  assert.ok(undone.undone + undone.kept >= half.undone + half.kept);
  assert.deepEqual((await world.api('POST', `/api/v1/imports/${id}/undo`, {})).undone, undone.undone);
  await expect(OK, 'ledger', 'verify', '--state-dir', world.state, '--json');
});

test('with the simulator\'s clock a table comes in as well', async () => {
  await world.gateway.stop();
  await world.startGateway({ server: { clock: 'upstream' } });
  const rows = Array.from({ length: 2000 }, (_, i) => `+1${200 + (i % 700)}55501${String(i % 100).padStart(2, '0')},all,grant,2026-01-10,form,,`);
  const r = await post([HEAD, ...rows, ''].join('\n'));
  assert.equal(r.status, 200, r.text);
  assert.equal(r.json().accepted, 2000);
});
