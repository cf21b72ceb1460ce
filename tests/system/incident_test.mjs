// An incident on the whole binary: Meta restricts the account, people see it, stop, gather evidence, ask for a review, and hear
// the answer. What Meta does comes by the simulator's webhooks.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, person, startWorld, template, text, until, varcoBin } from './lib/varco.mjs';

const root = new URL('../..', import.meta.url).pathname;
const DAY = 24 * 3600;
const now = () => Math.floor(Date.now() / 1000);
let world;

const run = (program, args, env = {}) => spawnSync(program, args, {
  encoding: 'utf8', maxBuffer: 1 << 28,
  env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken, ...env },
});
const varco = (...args) => run(varcoBin, args);
const incidents = async (query = '') => (await world.api('GET', `/api/v1/incidents${query}`)).items;
const show = (id) => world.api('GET', `/api/v1/incidents/${id}`);
const tell = (field, value) => world.sim.control('POST', 'event', { field, value, entry: company.waba });
const alarms = async (kind) => (await world.api('GET', `/api/v1/alarms?kind=${kind}`)).items;

function ok(r) {
  assert.equal(r.status, 0, r.stderr);
  return r.stdout;
}

const restriction = (days, type = 'SPAM_LIKE') => ({
  event: 'ACCOUNT_RESTRICTION', violation_info: { violation_type: type },
  restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: now() + days * DAY }],
});

before(async () => {
  world = await startWorld({ company: { people: 20 } });
  await world.sim.inbound({ number: company.number, from: person(1), text: 'Ciao' });
  for (let i = 1; i <= 6; i++) {
    const r = await world.send(template(person(i), i % 2 ? 'order_shipped' : 'spring_offer', `A${i}`));
    assert.equal(r.status, 200, r.text);
    await world.settled(r.decision, ['delivered', 'read']);
  }
  await world.sim.inbound({ number: company.number, from: person(2), text: 'STOP' });
  await world.sim.idle();
  const second = now(); // Meta tells whole seconds: what was sent lies before the next one
  await until(() => now() > second, 'the next second');
});

after(() => world.stop());

let id;

test('a restriction opens one incident, with what it stopped', async () => {
  await tell('account_update', { event: 'ACCOUNT_VIOLATION', violation_info: { violation_type: 'SPAM_LIKE' } });
  await tell('account_update', restriction(3));
  await world.sim.idle();
  const all = await until(async () => { const x = await incidents(); return x.length && x; }, 'the incident');
  assert.equal(all.length, 1, JSON.stringify(all));
  const [one] = all;
  id = one.id;
  assert.deepEqual([one.kind, one.label, one.scope, one.object, one.state, one.origin],
    ['restricted', 'SPAM_LIKE', 'waba', company.waba, 'open', 'meta']);
  assert.equal(one.days_left, 89);
  assert.ok((await alarms('incident.opened')).length >= 1);
  const refused = await world.send(template(person(3), 'spring_offer', 'B'));
  assert.equal(refused.status, 403, refused.text);
  const told = await show(id);
  assert.equal(told.impact.conversations, 2); // who wrote in the day before
  assert.equal(told.impact.refused, 1);
  assert.equal(told.impact.people_waiting, 1);
  assert.equal(told.words.event, 'ACCOUNT_RESTRICTION');
  assert.deepEqual(told.timeline.filter((e) => e.source === 'incident').map((e) => e.what), ['opened', 'worse']);
  assert.ok(told.timeline.some((e) => e.source === 'operator' && e.what === 'addAccount'));
  assert.ok(told.timeline.every((e, i, l) => !i || l[i - 1].at <= e.at || e.at.length !== l[i - 1].at.length));
  // six, and the confirmation of the STOP; figures are written once a second
  const sum = async (what) => (await show(id)).days.reduce((n, d) => n + d[what], 0);
  await until(async () => await sum('sent') >= 6 && await sum('opt_outs') === 1, 'the figures of the day');
});

test('people do their steps over the command line, each on the ledger', async () => {
  const list = ok(varco('incident', 'list', '--under-way'));
  assert.ok(list.includes(id) && list.includes('restricted'), list);
  ok(varco('incident', 'note', id, '--text', 'Campagne ferme', '--by', 'Marta Neri'));
  const file = join(world.directory, 'form.png');
  writeFileSync(file, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64'));
  ok(varco('incident', 'evidence', id, '--attachments', file, '--text', 'Il modulo di iscrizione', '--by', 'Marta Neri'));
  assert.equal((await show(id)).state, 'evidence');
  const wrong = varco('incident', 'answer', id, '--outcome', 'maybe');
  assert.equal(wrong.status, 2, wrong.stderr);
  ok(varco('incident', 'submit', id, '--reference', 'CASE-17', '--by', 'Marta Neri'));
  const told = await show(id);
  assert.deepEqual([told.state, told.reference, told.days_left], ['submitted', 'CASE-17', null]);
  assert.ok(told.review.answer_by > told.submitted_at);
  assert.deepEqual(told.timeline.filter((e) => e.source === 'incident').map((e) => [e.what, e.by]),
    [['opened', 'meta'], ['worse', 'meta'], ['note', 'Marta Neri'], ['evidence', 'Marta Neri'], ['submitted', 'Marta Neri']]);
  for (const e of told.timeline.filter((x) => x.source === 'incident')) {
    await world.api('POST', '/api/v1/ledger/checkpoint');
    const proof = await world.api('GET', `/api/v1/ledger/proof/${e.entry}`);
    assert.equal(proof.type, 'incident');
    assert.equal(JSON.parse(proof.content).incident, id);
  }
});

test('what a move does not allow is a conflict', async () => {
  const other = await world.api('POST', '/api/v1/incidents', { scope: 'number', object: company.numbers[1], text: 'prova', by: 'Marta' });
  await world.api('POST', `/api/v1/incidents/${other.id}/close`, { lessons: 'nessuna' });
  const again = varco('incident', 'submit', other.id);
  assert.equal(again.status, 7, again.stderr);
  assert.equal(varco('incident', 'show', 'inc_0000000000000').status, 1);
});

// --- the dossier ------------------------------------------------------------------------------------------

const python = (path, ...more) => run('python3', [join(root, 'tools/ledger_verify.py'), 'dossier', path, '--key', join(world.state, 'ledger.pub'), ...more]);
const own = (path, ...more) => varco('dossier-verify', path, ...more);
let zip;

test('the dossier is one file that both verifiers find to hold', () => {
  zip = join(world.directory, 'dossier.zip');
  ok(varco('incident', 'dossier', id, '--out', zip, '--by', 'Marta Neri'));
  assert.equal(statSync(zip).mode & 0o777, 0o600);
  const told = JSON.parse(ok(own(zip, '--json', '--key', join(world.state, 'ledger.pub'))));
  assert.equal(told.ok, true);
  assert.equal(told.incident, id);
  assert.equal(told.covered, told.entries);
  assert.match(ok(python(zip)), /holds: 15 files/);
  const bare = own(zip, '--json');
  assert.equal(bare.status, 0);
  assert.match(ok(run('unzip', ['-t', zip])), /No errors detected/);
});

const unpacked = () => {
  const folder = join(world.directory, 'unpacked');
  ok(run('unzip', ['-qo', zip, '-d', folder]));
  return folder;
};

test('it tells what happened, in both languages, and of nobody by name or number', () => {
  const folder = unpacked();
  const told = JSON.parse(readFileSync(join(folder, 'dossier.json'), 'utf8'));
  assert.equal(told.incident.kind, 'restricted');
  assert.equal(told.population.people, 6);
  assert.equal(told.population.agreed, 6);
  assert.equal(told.sample.length, 6);
  assert.ok(told.sample.every((x) => x.act === 'grant' && x.entry));
  assert.ok(told.opt_outs.count === 1 && told.opt_outs.worst_ms < 60000, JSON.stringify(told.opt_outs));
  assert.ok(told.timeline.some((e) => e.source === 'change' && /^restriction:/.test(e.what)));
  assert.ok(told.timeline.filter((e) => e.correction).length >= 2);
  for (const lang of ['it', 'en']) {
    assert.ok([...told.texts[lang].review].length <= 1000);
    const html = readFileSync(join(folder, `dossier.${lang}.html`), 'utf8');
    assert.match(html, new RegExp(`<html lang="${lang}">`));
    assert.match(html, /<svg viewBox/);
    assert.ok(!/<script|<img|<link|<iframe|javascript:| on\w+=["']/i.test(html));
    const words = ok(run('pdftotext', ['-layout', join(folder, `dossier.${lang}.pdf`), '-']));
    assert.ok(words.includes(company.waba) && words.includes(lang === 'it' ? 'Si può chiedere un riesame?' : 'Can a review be asked for?'));
  }
  const all = ok(run('unzip', ['-p', zip, '*.json', '*.html', '*.txt']));
  for (let i = 1; i <= 6; i++) assert.ok(!all.includes(person(i).slice(1)), `the number of person ${i}`);
});

test('the verifier that lies in it does without anything else', () => {
  const folder = unpacked();
  const r = run('python3', [join(folder, 'tools/ledger_verify.py'), 'dossier', zip, '--key', join(folder, 'ledger.pub')]);
  assert.match(ok(r), /holds: 15 files/);
});

test('with personal data it has the list, which is on record, and the same sample', async () => {
  const whole = join(world.directory, 'whole.zip');
  ok(varco('incident', 'dossier', id, '--out', whole, '--personal-data', 'yes', '--by', 'Marta Neri'));
  assert.match(ok(python(whole)), /holds: 16 files/);
  ok(own(whole));
  const told = JSON.parse(ok(run('unzip', ['-p', whole, 'dossier.json'])));
  const masked = JSON.parse(ok(run('unzip', ['-p', zip, 'dossier.json'])));
  assert.deepEqual(told.sample.map((x) => x.person), masked.sample.map((x) => x.person));
  assert.equal(told.population.sha256, masked.population.sha256);
  assert.equal(told.sample[0].phone, person(1 + masked.sample.findIndex((x) => x.person === told.sample[0].person)));
  assert.ok((await show(id)).timeline.some((e) => e.what === 'dossier' && e.by === 'Marta Neri'));
});

test('whatever is changed, both verifiers notice, and name it', () => {
  const key = join(world.state, 'ledger.pub');
  assert.match(ok(run('python3', [join(root, 'tests/dossier_mutations.py'), zip, key, '250'])), /250 mutations, all noticed/);
  const path = join(world.directory, 'changed.zip');
  const data = readFileSync(zip);
  let seed = 7;
  for (let i = 0; i < 40; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const changed = Buffer.from(data);
    changed[seed % data.length] ^= 1 << i % 8;
    writeFileSync(path, changed);
    const r = own(path);
    assert.equal(r.status, 8, `bit ${i % 8} of ${seed % data.length}`);
    assert.ok(r.stderr.length > 20, r.stderr);
  }
  for (const other of ['', 'PK', 'x'.repeat(1000), readFileSync(varcoBin).subarray(0, 1 << 20)]) {
    writeFileSync(path, other);
    assert.equal(own(path).status, 8);
  }
  assert.equal(own(join(world.directory, 'nowhere.zip')).status, 1);
  writeFileSync(path, readFileSync(key, 'utf8').replace(/\+(\w+)\+/, '+00000000+'));
  assert.notEqual(own(zip, '--key', path).status, 0);
});

// --- the answer -------------------------------------------------------------------------------------------

test('Meta reinstates: the incident has its answer by itself, and is closed with what was learned', async () => {
  await tell('account_update', { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'REINSTATE', waba_ban_date: 'December 6, 2026' } });
  await world.sim.idle();
  const told = await until(async () => { const x = await show(id); return x.state === 'answered' && x; }, 'the answer');
  assert.equal(told.outcome, 'reversed');
  assert.ok(told.timeline.some((e) => e.what === 'reinstated' && e.by === 'meta'));
  assert.ok((await alarms('incident.answered')).length >= 1);
  ok(varco('incident', 'close', id, '--lessons', 'Nessuna lista senza fonte', '--by', 'Marta Neri'));
  assert.ok((await alarms('incident.closed')).length >= 1);
  assert.equal((await show(id)).lessons, 'Nessuna lista senza fonte');
  const verified = varco('ledger', 'verify', '--state-dir', world.state);
  assert.equal(verified.status, 0, verified.stderr);
});

test('a lock by an error code, a template that is disabled and a number that turns red open their own', async () => {
  await tell('message_template_status_update', {
    event: 'DISABLED', message_template_id: 1, message_template_name: 'spring_offer', message_template_language: 'it', reason: 'NONE',
    disable_info: { disable_date: now() },
  });
  await tell('account_update', { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE', waba_ban_date: 'December 1, 2026' } });
  await world.sim.idle();
  const kinds = async () => (await incidents('?under_way=true')).map((x) => x.kind).sort();
  await until(async () => (await kinds()).length === 2, 'both');
  assert.deepEqual(await kinds(), ['disabled', 'template_disabled']);
  const gone = (await incidents('?under_way=true')).find((x) => x.kind === 'disabled');
  const plan = join(world.directory, 'plan.zip');
  ok(varco('incident', 'dossier', gone.id, '--out', plan, '--seed', 'f'.repeat(32)));
  const told = JSON.parse(ok(run('unzip', ['-p', plan, 'dossier.json'])));
  assert.deepEqual(told.plan.warmup.slice(0, 3), [20, 30, 45]);
  assert.deepEqual(told.plan.calendar[7], { day: 8, people: 240, an_hour: 36, who: 'half_engaged' });
  assert.equal(told.plan.calendar.length, 30);
  assert.ok(told.plan.first.en.length >= 1 && told.plan.first.it.length === told.plan.first.en.length);
  assert.equal(told.plan.asked, undefined);
  assert.equal(told.population.seed, 'f'.repeat(32));
  assert.ok(told.plan.people.length >= 1);
  ok(own(plan));
});
