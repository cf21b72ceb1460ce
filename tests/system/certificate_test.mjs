// Certificates of consent as those meet them who ask for one, those who are handed one, and those who would change one: all
// three forms over the command line, checked by the binary and by tools/ledger_verify.py, read back by other programs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, person, startWorld, template, text, varcoBin } from './lib/varco.mjs';

const root = new URL('../..', import.meta.url).pathname;
const BIDI = '\u202egnp.\u2066';
const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(1)> "'&amp; ${BIDI} مرحبا 中文 😀\u0000`.replace('\u0000', '');
let world, key, out;

const run = (program, args, env = {}) => spawnSync(program, args, {
  encoding: 'utf8', maxBuffer: 1 << 28,
  env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken, ...env },
});
const varco = (...args) => run(varcoBin, args);
const certificate = (...args) => varco('consent', 'certificate', '--phone', person(1), ...args);
const python = (path, ...more) => run('python3', [join(root, 'tools/ledger_verify.py'), 'certificate', path, '--key', key, ...more]);
const own = (path, ...more) => varco('consent', 'verify', path, '--key', key, ...more);

function ok(r) {
  assert.equal(r.status, 0, r.stderr);
  return r.stdout;
}

const made = (form) => readFileSync(join(out, `certificate.${form}`), 'utf8');

before(async () => {
  world = await startWorld({ company: { people: 5 } });
  key = join(world.state, 'ledger.pub');
  out = join(world.directory, 'certificate');
  ok(varco('consent', 'record', '--phone', person(1), '--purpose', 'marketing', '--evidence', 'form',
    '--text', 'Vorrei ricevere le offerte.', '--source', HOSTILE));
  await world.sim.inbound({ number: company.number, from: person(1), text: 'Ciao' });
  await world.sim.idle();
  for (let i = 0; i < 3; i++) await world.send(template(person(1), 'order_shipped', `${i}`));
  await world.send(text(person(2), 'a somebody else'));
  ok(varco('consent', 'withdraw', '--phone', person(1), '--purpose', 'all', '--text', 'basta'));
  await world.send(template(person(1), 'order_shipped', 'after'));
  ok(certificate('--out', out, '--lang', 'it'));
});

after(() => world.stop());

test('a directory with all three, for the owner only', () => {
  assert.deepEqual(readdirSync(out).sort(), ['certificate.html', 'certificate.json', 'certificate.pdf']);
  for (const name of readdirSync(out)) assert.equal(statSync(join(out, name)).mode & 0o777, 0o600);
});

test('the JSON tells acts and messages, and both verifiers find that it holds', () => {
  const told = JSON.parse(made('json'));
  assert.equal(told.format, 'varco-certificate/1');
  assert.equal(told.person.masked, true);
  assert.equal(told.messages.length, 4);
  assert.equal(told.messages.at(-1).state, 'refused');
  const withdrawal = told.acts.at(-1);
  assert.equal(JSON.parse(withdrawal.content).wording, 'basta');
  assert.equal(told.messages.at(-1).consent, withdrawal.seq);
  assert.deepEqual(told.consents.map((c) => c.act), ['withdraw', 'withdraw', 'withdraw']);
  assert.ok([...told.acts, ...told.messages].every((e) => Array.isArray(e.path)), 'all under the checkpoint');
  const path = join(out, 'certificate.json');
  assert.match(ok(python(path)), /4 messages hold/);
  assert.deepEqual(JSON.parse(ok(own(path, '--json'))),
    { ok: true, acts: told.acts.length, messages: 4, covered: told.acts.length + 4, checkpoint: Number(told.checkpoint.split('\n')[1]) });
});

test('nobody else is in it, and no whole number', () => {
  const told = JSON.parse(made('json'));
  for (const form of ['json', 'html']) {
    const file = made(form);
    assert.ok(!file.includes(person(1).replace('+', '')), `${form}: the number`);
    assert.ok(!file.includes(person(2).replace('+', '')), `${form}: somebody else's number`);
  }
  const people = new Set(told.acts.map((a) => a.record));
  assert.deepEqual([...people], [told.person.id]);
});

test('the whole number is shown to who asks, and that is on the ledger', () => {
  const told = JSON.parse(ok(certificate('--unmasked')));
  assert.equal(told.person.phone, person(1));
  const entries = join(world.directory, 'entries.jsonl');
  ok(varco('ledger', 'export', entries));
  const acts = readFileSync(entries, 'utf8').trim().split('\n').slice(1).map((line) => JSON.parse(line))
    .filter((e) => e.type === 'operator').map((e) => JSON.parse(e.content)).filter((a) => a.operation === 'certifyConsent');
  assert.equal(acts.length, 1);
  assert.deepEqual(acts[0].people, [told.person.id]);
  assert.equal(acts[0].values.unmasked, true);
  assert.equal(acts[0].values.phone, 'given');
});

test('the HTML runs nothing, loads nothing, and shows hostile text as text', () => {
  const html = made('html');
  assert.match(html, /^<!DOCTYPE html>\n<html lang="it">/);
  assert.match(html, /default-src 'none'/);
  assert.ok(!/<script|<img|<link|<iframe|javascript:| on\w+=["']/i.test(html));
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  assert.ok(html.includes('[U+202E]gnp.[U+2066]'));
  assert.ok(!html.includes('\u202e'));
  assert.ok(html.includes('<h1>Certificato di consenso</h1>'));
  const english = ok(certificate('--format', 'html', '--lang', 'en'));
  assert.ok(english.includes('<h1>Certificate of consent</h1>'));
});

test('the PDF has the words and the pages', () => {
  const path = join(out, 'certificate.pdf');
  const words = ok(run('pdftotext', ['-layout', path, '-']));
  for (const word of ['Certificato di consenso', 'Vorrei ricevere le offerte.', 'basta', 'order_shipped', 'rifiutato',
    '[U+202E]gnp.[U+2066]', '中文', 'Sigillo'])
    assert.ok(words.includes(word), word);
  const pages = Number(/Pages:\s+(\d+)/.exec(ok(run('pdfinfo', [path])))[1]);
  assert.equal(words.split('\f').length - 1, pages);
  assert.ok(words.includes(`Pagina ${pages} di ${pages}`));
});

test('what was changed does not hold', () => {
  const path = join(world.directory, 'changed.json');
  const whole = made('json');
  for (const [from, to] of [
    ['Vorrei', 'Vorrai'], ['"seq":', '"seq":9'], ['"type":"decision"', '"type":"operator"'], ['"former":[', '"former":["per_1"],"x":['],
    ['"act":"withdraw"', '"act":"grant"'], ['\\"verdict\\":\\"refuse\\"', '\\"verdict\\":\\"allow\\"'],
  ]) {
    assert.ok(whole.includes(from), from);
    writeFileSync(path, whole.replace(from, to));
    const other = python(path);
    assert.equal(other.status, 8, `${from}: ${other.stdout}`);
    if (!from.includes('former')) assert.equal(own(path).status, 8, from);
  }
  const told = JSON.parse(whole);
  writeFileSync(path, JSON.stringify({ ...told, acts: told.acts.slice(0, -1) })); /* the withdrawal left out */
  assert.equal(python(path).status, 8);
  assert.equal(own(path).status, 8);
  for (const text of ['', '[]', '{}', 'null', '{"format":"varco-certificate/1"}', '['.repeat(5000)]) {
    writeFileSync(path, text);
    assert.equal(python(path).status, 8, text.slice(0, 40));
    assert.equal(own(path).status, 8, text.slice(0, 40));
  }
});

test('the API gives files, and says what is wrong', async () => {
  const call = (body) => fetch(`${world.url}/api/v1/consents/certificate`, {
    method: 'POST', headers: { Authorization: `Bearer ${world.adminToken}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  for (const [format, type, begin] of [
    ['json', 'application/json', '{'], ['html', 'text/html; charset=utf-8', '<!DOCTYPE'], ['pdf', 'application/pdf', '%PDF-'],
  ]) {
    const r = await call({ phone: person(1), format });
    assert.equal(r.status, 200);
    assert.equal(r.headers.get('content-type'), type);
    assert.equal(r.headers.get('content-disposition'), 'attachment');
    assert.equal(r.headers.get('cache-control'), 'no-store');
    assert.ok((await r.text()).startsWith(begin));
  }
  for (const [body, status, field] of [
    [{ phone: person(1), format: 'doc' }, 400, 'format'], [{ phone: person(1), lang: 'fr' }, 400, 'lang'], [{}, 400, 'phone'],
    [{ phone: '12' }, 400, 'phone'], [{ phone: '+393331239999' }, 404, null],
  ]) {
    const r = await call(body);
    const problem = await r.json();
    assert.equal(r.status, status, JSON.stringify(problem));
    assert.equal(problem.field, field);
  }
});

test('many at once are made, or told to come back', async () => {
  const call = () => fetch(`${world.url}/api/v1/consents/certificate`, {
    method: 'POST', headers: { Authorization: `Bearer ${world.adminToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ phone: person(1), format: 'pdf' }),
  }).then(async (r) => [r.status, (await r.arrayBuffer()).byteLength]);
  const answers = await Promise.all(Array.from({ length: 12 }, call));
  assert.ok(answers.every(([status]) => status === 200 || status === 503), JSON.stringify(answers));
  assert.ok(answers.some(([status, size]) => status === 200 && size > 10000));
  assert.equal((await call())[0], 200);
});

test('words that do not fit are refused before a server is asked', () => {
  for (const args of [
    ['consent', 'certificate'], ['consent', 'certificate', '--phone', person(1), '--format', 'doc'],
    ['consent', 'certificate', '--phone', person(1), '--out', out, '--format', 'pdf'],
    ['consent', 'certificate', '--phone', person(1), '--lang', 'fr'], ['consent', 'verify'], ['consent', 'verify', 'x.json'],
  ]) assert.equal(varco(...args).status, 2, args.join(' '));
  assert.equal(varco('consent', 'certificate', '--phone', '+393331239999').status, 1);
  assert.equal(varco('consent', 'verify', '/nowhere.json', '--key', key).status, 1);
  const one = join(world.directory, 'one.pdf');
  ok(certificate('--format', 'pdf', '--output', one));
  assert.ok(existsSync(one));
});
