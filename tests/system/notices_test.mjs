// E-mail notices: every invented variant of tests/notices is understood as its .json says, forged ones are marked and
// change nothing, and what is imported is in force at once, stricter only.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, person, scratch, startWorld, template, until, varcoBin } from './lib/varco.mjs';

const folder = 'tests/notices';
const names = readdirSync(folder).filter((f) => f.endsWith('.eml')).map((f) => f.slice(0, -4)).sort();
const eml = (name) => readFileSync(join(folder, `${name}.eml`));
let world;

before(async () => {
  world = await startWorld({ company: { people: 3, waba: { name: 'Bottega Esempio', limit: 2000 } } });
});

after(() => world.stop());

const post = (files, more) => world.api('POST', '/api/v1/notices', {
  files: files.map((f) => f.toString('base64')), ...more,
});
const show = () => world.api('GET', `/api/v1/accounts/${company.waba}`);

// What the expectation names must be so; of a change, what it is and from what to what.
function assertUnderstood(got, wanted, name) {
  for (const [key, value] of Object.entries(wanted)) {
    let is = got[key];
    if (key === 'suspicious') is = is.map((d) => d.id);
    if (key === 'changes') is = is.map(({ what, id, from, to }) => ({ what, id, from, to }));
    assert.deepEqual(is, value, `${name}: ${key} in ${JSON.stringify(got)}`);
  }
}

test('there are forty variants and more', () => assert.ok(names.length >= 40));

test('each is understood as it is meant, and a dry run changes nothing', async () => {
  const before = await show();
  for (const name of names) {
    const { items: [got], dry_run: dry } = await post([eml(name)], { dry_run: true });
    assert.equal(dry, true);
    assert.equal(got.id, null);
    assert.equal(got.level, 'reported');
    assertUnderstood(got, JSON.parse(readFileSync(join(folder, `${name}.json`))), name);
  }
  assert.deepEqual(await show(), before);
  assert.deepEqual((await world.api('GET', '/api/v1/notices')).items, []);
});

const byName = (part) => names.find((n) => n.includes(part));

test('what looks forged is put on record and changes nothing', async () => {
  const before = await show();
  const { items } = await post(names.filter((n) => n.includes('phishing')).map(eml));
  assert.ok(items.every((i) => i.id && i.changes.length === 0 && i.suspicious.length));
  assert.deepEqual(await show(), before);
  await until(async () => (await world.api('GET', '/api/v1/alarms?kind=notice.suspicious')).items.length, 'the alarm');
});

test('a restriction is in force at once, and the same e-mail again adds nothing', async () => {
  assert.equal((await world.send(template(person(1), 'order_shipped', 'A1'))).status, 200);
  // Of yesterday: what it tells of lasts a month.
  const mail = Buffer.from(eml(byName('en-restricted-untold')).toString('latin1')
    .replace(/^Date: .*$/m, `Date: ${new Date(Date.now() - 86400000).toUTCString()}`), 'latin1');
  const { items: [first] } = await post([mail]);
  assert.match(first.id, /^ntc_/);
  assert.equal(first.known, false);
  const incident = await world.api('GET', `/api/v1/incidents/${first.incident}`);
  assert.equal(incident.kind, 'restricted');
  const { restrictions } = await show();
  assert.deepEqual(restrictions.map((r) => r.type).sort(), [
    'RESTRICTED_BIZ_INITIATED_MESSAGING', 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING']);
  const refused = await world.send(template(person(2), 'order_shipped', 'A2'));
  assert.equal(refused.status, 403, refused.text);
  const told = (await world.api('GET', `/api/v1/changes?object=waba:${company.waba}`)).items.filter((x) => x.source === 'notice');
  assert.equal(told.length, 2);
  assert.match(told[0].words, /was restricted/);
  const { items: [again] } = await post([mail]);
  assert.deepEqual([again.id, again.known], [first.id, true]);
  assert.equal((await world.api('GET', '/api/v1/alarms?kind=notice.reported')).items.length, 1);
});

test('nothing is lifted, shortened or given back on the word of an e-mail', async () => {
  await post([eml(byName('en-disabled'))]);
  const before = await show();
  assert.equal(before.state, 'disabled');
  for (const part of ['en-reinstated', 'en-lifted', 'en-review-reversed', 'en-limit-raised', 'en-restricted-3-days',
    'en-disable-scheduled', 'it-ripristinato']) {
    const { items: [got] } = await post([eml(byName(part))]);
    assert.deepEqual(got.changes, [], part);
    assert.deepEqual(await show(), before, part);
  }
});

test('the answer to a review answers the case it bears the reference of', async () => {
  const mail = eml(byName('en-review-unchanged')).toString()
    .replace(/^Date: .*$/m, `Date: ${new Date(Date.now() + 60000).toUTCString()}`).replace('5550001113', '5550007777');
  const { id } = await world.api('POST', '/api/v1/incidents', {
    kind: 'restricted', scope: 'number', object: company.number, text: 'Told by telephone', by: 'Marta Neri',
  });
  await world.api('POST', `/api/v1/incidents/${id}/submit`, { reference: '5550007777', by: 'Marta Neri' });
  const { items: [got] } = await post([Buffer.from(mail)]);
  assert.deepEqual([got.kind, got.incident], ['review_unchanged', id]);
  const incident = await world.api('GET', `/api/v1/incidents/${id}`);
  assert.deepEqual([incident.state, incident.outcome], ['answered', 'unchanged']);
  const step = incident.timeline.find((x) => x.source === 'incident' && x.what === 'answered');
  assert.equal(step.by, 'meta');
  assert.match(step.words, /changed/);
  assert.ok(step.entry > 0);
});

test('templates, quality and the limit are made stricter', async () => {
  for (const part of ['en-template-paused', 'en-quality-low', 'en-limit-lowered']) {
    const { items: [got] } = await post([eml(byName(part))]);
    assert.equal(got.changes.length, 1, part);
  }
  const paused = await world.api('GET', `/api/v1/templates/${company.waba}/spring_offer/it`);
  assert.equal(paused.status, 'PAUSED');
  assert.equal((await world.api('GET', `/api/v1/numbers/${company.number}`)).quality, 'RED');
  assert.equal((await show()).limit, 250);
});

test('they are listed, the newest first, page by page', async () => {
  const all = (await world.api('GET', '/api/v1/notices?limit=1000')).items;
  assert.ok(all.length > 10);
  const first = await world.api('GET', '/api/v1/notices?limit=2');
  assert.deepEqual(first.items, all.slice(0, 2));
  const second = await world.api('GET', `/api/v1/notices?limit=2&cursor=${first.next}`);
  assert.deepEqual(second.items, all.slice(2, 4));
});

test('what is kept names nobody', async () => {
  const kept = JSON.stringify((await world.api('GET', '/api/v1/notices?limit=1000')).items);
  assert.doesNotMatch(kept, /ada@|ops@|Ada /);
});

const cli = (...args) => spawnSync(varcoBin, ['incident', ...args], {
  encoding: 'utf8', env: { ...process.env, VARCO_URL: world.url, VARCO_TOKEN: world.adminToken, LC_ALL: 'C' },
});

test('varco incident import', () => {
  const file = join(folder, `${byName('it-limitato-1-giorno')}.eml`);
  const dry = cli('import', file, '--dry-run', '--json');
  assert.equal(dry.status, 0, dry.stderr);
  const { items: [got] } = JSON.parse(dry.stdout);
  assert.deepEqual([got.kind, got.days], ['restricted', 1]);
  const text = cli('import', file, '--dry-run');
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /Meta restricted the account/);
  const list = cli('notices');
  assert.equal(list.status, 0, list.stderr);
});

test('what is no e-mail is refused, by name', async () => {
  for (const bad of [Buffer.from(''), Buffer.from('{"json": true}'), Buffer.alloc(1000), Buffer.from('hello\n\nworld')]) {
    await assert.rejects(post([bad]), (e) => {
      assert.deepEqual([e.status, e.problem.field], [400, 'files'], e.message);
      return true;
    });
  }
  await assert.rejects(post([Buffer.alloc(3 << 20, 'a')]), (e) => e.status === 413);
  const file = join(scratch('notice'), 'x.eml');
  writeFileSync(file, 'no e-mail');
  const r = cli('import', file);
  assert.equal(r.status, 2, r.stderr);
  assert.match(r.stderr, /save the whole message as \.eml/);
});
