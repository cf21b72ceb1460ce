// The register as those meet it who must show it: fed by scans of a tree before and after a removal, by the gateway's own
// traffic, by what Meta tells of messages that passed Varco by, and by people; and given out in every form.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, envelope, person, startWorld, status, template, text, until, varcoBin } from './lib/varco.mjs';

const FORMULA = '=HYPERLINK("https://evil.example";"x")';
const SCRIPT = '<script>alert(1)</script>';
let world, tree, messages = 0;
const wamid = () => `wamid.STRANGER${(messages += 1)}`;

const run = (program, args, env = {}) => spawnSync(program, args, {
  encoding: 'utf8', maxBuffer: 1 << 28, cwd: world.directory,
  env: { ...process.env, LC_ALL: 'C', HOME: world.directory, VARCO_URL: world.url, VARCO_TOKEN: world.adminToken, ...env },
});
const varco = (...args) => run(varcoBin, args);
const json = (...args) => {
  const r = varco(...args, '--json');
  assert.equal(r.status, 0, `${args.join(' ')}: ${r.stderr}`);
  return JSON.parse(r.stdout);
};

function write(path, content) {
  mkdirSync(join(tree, path, '..'), { recursive: true });
  writeFileSync(join(tree, path), content);
}

function scanTree(name) {
  const report = join(world.directory, `${name}.json`);
  const r = varco('scan', 'tree', '--format', 'json', '--output', report, '--register', 'register.json', '--fail-on', 'never');
  assert.equal(r.status, 0, r.stderr);
  return report;
}

const entries = () => json('integration', 'list', '--limit', '1000').items;
const entryNamed = (part) => entries().find((e) => e.name.includes(part));

before(async () => {
  world = await startWorld({ company: { people: 5 } });
  tree = join(world.directory, 'tree');
  write('bot/package.json', JSON.stringify({ name: 'bot', dependencies: { 'whatsapp-web.js': '^1.26.0' } }));
  write('bot/index.js', "const { Client } = require('whatsapp-web.js');\nnew Client({}).initialize();\n");
  write('shop/send.py', "import requests\nrequests.post('https://graph.facebook.com/v25.0/100200300/messages', json={\'messaging_product\': \'whatsapp\'})\n");
});

after(() => world.stop());

test('a scan enters what it found, once', () => {
  const report = scanTree('first');
  const done = json('integration', 'import', report, '--name', 'magazzino');
  assert.equal(done.verdict, 'unofficial');
  assert.ok(done.entered >= 2, JSON.stringify(done));
  assert.equal(json('integration', 'import', report, '--name', 'magazzino').again, true);
  const bot = entries().find((e) => e.found?.place === 'bot' && e.verdict === 'unofficial');
  assert.equal(bot.state, 'open');
  assert.equal(bot.may_send, false);
  assert.equal(bot.found.root, 'magazzino');
  assert.ok(bot.found.signals.some((s) => s.path === 'bot/package.json'));
  assert.ok(bot.found.reason.length > 5 && bot.found.replacement.length > 5);
  assert.equal(bot.owner, null);
  assert.ok(entries().some((e) => e.verdict === 'official' && e.found));
  const [scan] = json('integration', 'scans').items;
  assert.equal(scan.id, done.scan);
  assert.deepEqual(scan.covered.roots, ['magazzino']);
  assert.equal(scan.complete, true);
  assert.deepEqual(json('integration', 'scan', scan.id), scan);
});

test('the register of varco scan is taken as well as its report', () => {
  const done = json('integration', 'import', join(world.directory, 'register.json'), '--name', 'magazzino');
  assert.equal(done.again, false);
  assert.equal(done.entered, 0);
  assert.ok(done.seen >= 2);
  const bot = entries().find((e) => e.found?.place === 'bot' && e.verdict === 'unofficial');
  assert.ok(bot.found.name.length > 3 && bot.found.name !== bot.found.row, bot.found.name);
});

test('only a later scan that no longer sees it sets an entry to removed', () => {
  const bot = entries().find((e) => e.found?.place === 'bot' && e.verdict === 'unofficial');
  const no = varco('integration', 'set', bot.id, '--state', 'removed');
  assert.equal(no.status, 7);
  assert.match(no.stderr, /later scan/);
  assert.equal(json('integration', 'set', bot.id, '--state', 'removing', '--owner', 'Marta Neri', '--remove-by', '2099-12-31',
    '--migrate-to', 'Cloud API').state, 'removing');
  assert.equal(varco('integration', 'set', bot.id, '--state', 'retired').status, 7);
  rmSync(join(tree, 'bot'), { recursive: true });
  const done = json('integration', 'import', scanTree('second'), '--name', 'magazzino');
  assert.ok(done.removed >= 1);
  assert.equal(json('integration', 'show', bot.id).state, 'removed');
  assert.equal(json('integration', 'set', bot.id, '--state', 'retired').state, 'retired');
  const { items } = json('integration', 'history', bot.id);
  assert.deepEqual(items.map((x) => [x.by, x.changed.state]).filter(([, s]) => s), [
    ['scan', [null, 'open']], ['admin', ['open', 'removing']], ['scan', ['removing', 'removed']], ['admin', ['removed', 'retired']]]);
  assert.deepEqual(items[1].changed.owner ?? items[2].changed.owner, [null, 'Marta Neri']);
});

test('a scan that could not read everything, and one of another place, prove nothing', () => {
  const report = JSON.parse(readFileSync(join(world.directory, 'second.json'), 'utf8'));
  const official = entries().find((e) => e.verdict === 'official' && e.found);
  const at = new Date(Date.now() + 1000).toISOString();
  const give = (change, name) => {
    const path = join(world.directory, 'given.json');
    writeFileSync(path, JSON.stringify({ ...report, at, findings: [], ...change }));
    return json('integration', 'import', path, '--name', name);
  };
  assert.equal(give({ coverage: { ...report.coverage, complete: false } }, 'magazzino').removed, 0);
  assert.equal(give({ files: 0 }, 'magazzino').removed, 0);
  assert.equal(give({}, 'altrove').removed, 0);
  assert.equal(json('integration', 'show', official.id).state, 'open');
});

test('hostile reports are refused by name', () => {
  const report = JSON.parse(readFileSync(join(world.directory, 'second.json'), 'utf8'));
  const path = join(world.directory, 'hostile.json');
  const refused = (content, says, ...args) => {
    writeFileSync(path, content);
    const r = varco('integration', 'import', path, ...args);
    assert.notEqual(r.status, 0, content.slice(0, 80));
    assert.match(r.stderr, says);
  };
  refused('{', /no JSON/, '--name', 'x');
  refused('{}', /"at"/, '--name', 'x');
  refused(JSON.stringify({ ...report, roots: ['.'] }), /give it a name/);
  refused(JSON.stringify({ ...report, at: '2999-01-01T00:00:00Z' }), /future/, '--name', 'x');
  refused(JSON.stringify({ ...report, findings: [{ id: 'a b' }] }), /finding 1 .*"id"/, '--name', 'x');
  refused(JSON.stringify({ ...report, findings: Array(20001).fill(0) }), /at most 20000/, '--name', 'x');
});

test('an app is in the register with what it really uses', async () => {
  await world.sim.inbound({ number: company.number, from: person(1), text: 'Ciao' });
  await world.sim.idle();
  for (let i = 0; i < 3; i++) assert.equal((await world.send(template(person(2), 'order_shipped', `${i}`))).status, 200);
  assert.equal((await world.send(text(person(1), 'eccoci'))).status, 200);
  const crm = await until(async () => {
    const e = await world.api('GET', '/api/v1/integrations/crm');
    return e.uses.length === 2 && e;
  }, 'uses of crm');
  assert.deepEqual(crm.uses.map((u) => [u.number, u.category, u.sends]),
    [[company.number, 'utility', 3], [company.number, 'service', 1]]);
  assert.ok(crm.first_seen_at && crm.last_seen_at);
  assert.equal(crm.may_send, true);
});

test('people say the rest, and every change is in the history and in the ledger', async () => {
  const set = json('integration', 'set', 'crm', '--deputy', 'Bruno Verdi', '--data', FORMULA, '--credential-place',
    'vault: kv/whatsapp/crm', '--credential-kind', 'system user token', '--hooks', 'https://crm.example/a,https://crm.example/b',
    '--risk', SCRIPT, '--approved-by', 'Carla Blu', '--state', 'accepted', '--review-by', '2099-06-30');
  assert.equal(set.state, 'accepted');
  assert.deepEqual(set.hooks, ['https://crm.example/a', 'https://crm.example/b']);
  const secret = varco('integration', 'set', 'crm', '--credential-place', 'EAAGm0PX4ZCpsBAJZBkZCq2Z1ZCbZBq0ZAYZCz7ZB0J7oZBZA');
  assert.notEqual(secret.status, 0);
  assert.match(secret.stderr, /never the credential itself/);
  const { items } = json('integration', 'history', 'crm');
  assert.deepEqual(items.at(-1).changed.deputy, [null, 'Bruno Verdi']);
  await world.api('POST', '/api/v1/ledger/checkpoint');
  const proof = await world.api('GET', `/api/v1/ledger/proof/${items.at(-1).leaf}`);
  assert.match(JSON.stringify(proof), /Bruno Verdi/);
});

test('a review that is due is told, and one that was made too', async () => {
  json('integration', 'add', '--name', 'old tool', '--owner', 'Marta Neri', '--purpose', 'Archive', '--keyless', '--review-by', '2026-01-31');
  const alarms = async (kind) => (await world.api('GET', `/api/v1/alarms?kind=${kind}`)).items;
  const [told] = await until(async () => {
    const list = await alarms('integration.review_overdue');
    return list.length && list;
  }, 'the alarm');
  assert.equal(told.scope, json('integration', 'show', 'old tool').id);
  const reviewed = json('integration', 'review', 'old tool', '--by', 'Carla Blu', '--until', '2099-01-31', '--outcome', 'still needed');
  assert.equal(reviewed.review_by, '2099-01-31');
  assert.equal(reviewed.reviewed_by, 'Carla Blu');
  await until(async () => (await alarms('integration.reviewed')).length === 1, 'its end');
  assert.equal(varco('integration', 'rotate', 'old tool').status, 2);
});

test('what passes Varco by is an alarm an hour and a sender in the register', async () => {
  for (let i = 0; i < 3; i++) {
    const id = wamid();
    for (const is of ['sent', 'delivered']) {
      const r = await world.webhook(status({ wamid: id, is, to: person(1), at: Date.now() }));
      assert.equal(r.status, 200);
    }
  }
  const { items } = await world.api('GET', '/api/v1/alarms?kind=bypass.detected');
  assert.ok(items.length >= 1 && items.length <= 2, 'one for each hour that it touched');
  assert.ok(!JSON.stringify(items).includes('wamid'));
  const sender = entryNamed('unknown sender on number');
  assert.equal(sender.verdict, 'review');
  assert.deepEqual(sender.numbers, [company.number]);
});

test('what was written in the app of a number in coexistence is labelled, not alarmed', async () => {
  const before = (await world.api('GET', '/api/v1/alarms?kind=bypass.detected')).items.length;
  const r = await world.webhook(envelope('smb_message_echoes', {
    messaging_product: 'whatsapp', metadata: { display_phone_number: '393331234500', phone_number_id: company.number },
    message_echoes: [{ from: '393331234500', to: '393331234599', id: wamid(), timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: 'x' } }],
  }));
  assert.equal(r.status, 200);
  assert.equal((await world.api('GET', '/api/v1/alarms?kind=bypass.detected')).items.length, before);
  assert.equal(entryNamed('WhatsApp Business app on number').verdict, 'official');
});

test('the register in every form', () => {
  const made = (format, lang) => {
    const path = join(world.directory, `register.${lang}.${format}`);
    const r = varco('integration', 'export', '--format', format, '--lang', lang, '--out', path);
    assert.equal(r.status, 0, r.stderr);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    return readFileSync(path);
  };
  const told = JSON.parse(made('json', 'en'));
  assert.equal(told.format, 'varco-register/1');
  const crm = told.items.find((e) => e.name === 'crm');
  assert.ok(crm.history.length >= 2 && crm.uses.length === 2);
  assert.ok(told.checkpoint.size >= crm.history.at(-1).leaf, 'every change is under the checkpoint');
  assert.equal(told.passed_by.filter((h) => h.kind === 'coexistence').length, 1);
  assert.ok(told.items.find((e) => e.name.includes('unknown sender')).gaps.includes('owner'));
  assert.ok(told.scans.length >= 3);

  const csv = made('csv', 'en').toString();
  assert.ok(csv.includes(`"'${FORMULA.replaceAll('"', '""')}"`), 'a formula is neutralised');
  assert.equal(csv.trim().split('\r\n').length, told.items.length + 1);

  for (const [lang, title, unofficial] of [['it', 'Documentazione delle integrazioni', 'Automazioni non ufficiali'],
    ['en', 'Documentation of the integrations', 'Unofficial automations']]) {
    const html = made('html', lang).toString();
    assert.ok(html.includes(title) && html.includes(unofficial), lang);
    assert.ok(!html.includes(SCRIPT) && html.includes('&lt;script&gt;'));
    assert.ok(!/<(script|link|img|iframe)\b|https?:\/\/[^<]*\.(js|css)/.test(html), 'it needs no other file');
    assert.ok(html.includes('Marta Neri') && html.includes('vault: kv/whatsapp/crm') && html.includes('magazzino'));
    const pdf = made('pdf', lang);
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    const words = run('pdftotext', ['-layout', join(world.directory, `register.${lang}.pdf`), '-']);
    if (!words.error) assert.ok(words.stdout.includes(title));
  }
});

test('the ledger holds', () => {
  const path = join(world.directory, 'ledger.jsonl');
  const exported = varco('ledger', 'export', path);
  assert.equal(exported.status, 0, exported.stderr);
  const python = run('python3', [new URL('../../tools/ledger_verify.py', import.meta.url).pathname, 'export', path, '--key', join(world.state, 'ledger.pub')]);
  assert.equal(python.status, 0, python.stdout + python.stderr);
});
