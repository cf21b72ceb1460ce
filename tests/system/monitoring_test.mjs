// What ops/ and docs/monitoring.md say is so: every metric of the rules and of the dashboard is one that /metrics has, every
// alert and every alarm is explained, and metrics have the form that Prometheus asks for, with bounded labels.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { company, person, request, startWorld, template } from './lib/varco.mjs';

const LABELS = ['waba', 'number', 'state', 'by', 'version', 'reason'];
const rules = readFileSync('ops/alerts.rules.yml', 'utf8');
const dashboard = JSON.parse(readFileSync('ops/grafana.json', 'utf8'));
const docs = readFileSync('docs/monitoring.md', 'utf8');
let world;
let text;

before(async () => {
  world = await startWorld({ company: { people: 3 } });
  await world.send(template(person(1), 'order_shipped', 'A1'));
  await world.api('POST', `/api/v1/numbers/${company.number}/pause`, { purpose: 'marketing', reason: 'A test.' });
  text = (await request(`${world.url}/metrics`)).text;
});

after(() => world.stop());

// [{ name, labels, value }], and the form held against the text format 0.0.4.
function samples() {
  const helped = new Set();
  const typed = new Map();
  const found = [];
  for (const line of text.trimEnd().split('\n')) {
    const help = /^# HELP (varco_\w+) \S.*$/.exec(line);
    const type = /^# TYPE (varco_\w+) (counter|gauge)$/.exec(line);
    const sample = /^(varco_[a-z0-9_]+)(?:\{([^}]*)\})? (-?[0-9.e+-]+)$/.exec(line);
    assert.ok(help || type || sample, line);
    if (help) {
      assert.ok(!helped.has(help[1]), `${help[1]} twice`);
      helped.add(help[1]);
    } else if (type) {
      assert.ok(helped.has(type[1]) && !typed.has(type[1]), type[1]);
      typed.set(type[1], type[2]);
    } else {
      const [, name, labels] = sample;
      assert.ok(typed.has(name), name);
      assert.equal(typed.get(name) === 'counter', name.endsWith('_total'), name);
      const pairs = [...(labels ?? '').matchAll(/([a-z_]+)="([^"\\]*)"(?:,|$)/g)].map((m) => [m[1], m[2]]);
      found.push({ name, labels: Object.fromEntries(pairs), value: Number(sample[3]) });
    }
  }
  return { found, names: new Set(typed.keys()) };
}

const used = (expression) => expression.match(/\bvarco_[a-z0-9_]+/g) ?? [];
const value = (name, labels = {}) => samples().found.find((s) => s.name === name
  && Object.entries(labels).every(([k, v]) => s.labels[k] === v))?.value;

test('metrics have the form that Prometheus reads, and no label of anybody', () => {
  const { found } = samples();
  const seen = new Set();
  for (const { name, labels } of found) {
    for (const label of Object.keys(labels)) assert.ok(LABELS.includes(label), `${name}: ${label}`);
    const key = name + JSON.stringify(labels);
    assert.ok(!seen.has(key), `${key} twice`);
    seen.add(key);
  }
  for (let i = 0; i < 3; i++) assert.ok(!text.includes(person(i).replace(/\D/g, '')));
});

test('they tell what is on record', () => {
  assert.equal(value('varco_store_readable'), 1);
  assert.equal(value('varco_mode_enforce'), 1);
  assert.equal(value('varco_account_state', { waba: company.waba, state: 'active' }), 1);
  assert.equal(value('varco_account_restrictions', { waba: company.waba }), 0);
  assert.equal(value('varco_account_payment_ok', { waba: company.waba }), 1);
  assert.equal(value('varco_number_quality', { number: company.number }), 2);
  assert.equal(value('varco_number_sendable', { number: company.number }), 1);
  assert.equal(value('varco_number_paused', { number: company.number }), 1);
  assert.equal(value('varco_number_paused', { number: company.numbers[1] }), 0);
  assert.equal(value('varco_pauses_active', { by: 'operator' }), 1);
  assert.equal(value('varco_pauses_active', { by: 'breaker' }), 0);
  assert.ok(value('varco_templates', { state: 'sendable' }) >= 1);
  assert.ok(value('varco_ledger_entries') > 3);
});

test('a restricted account and a red number show', async () => {
  await world.api('PATCH', `/api/v1/numbers/${company.number}`, { quality: 'RED' });
  await world.api('PATCH', `/api/v1/accounts/${company.waba}`, { state: 'locked', payment_ok: false });
  const was = text;
  text = (await request(`${world.url}/metrics`)).text;
  assert.equal(value('varco_number_quality', { number: company.number }), 0);
  assert.equal(value('varco_account_state', { waba: company.waba }), 1);
  assert.equal(value('varco_account_state', { waba: company.waba, state: 'locked' }), 1);
  assert.equal(value('varco_account_payment_ok', { waba: company.waba }), 0);
  text = was;
});

const alerts = rules.split(/^ {6}- alert: /m).slice(1).map((block) => {
  const field = (name) => new RegExp(`^ +${name}: '((?:[^']|'')*)'$`, 'm').exec(block)?.[1].replaceAll("''", "'");
  return {
    name: block.split('\n')[0], expr: field('expr'), summary: field('summary'), done: field('done'), todo: field('todo'),
    runbook: field('runbook'), severity: /severity: (\w+)$/m.exec(block)?.[1], time: /for: (\w+)$/m.exec(block)?.[1],
  };
});

test('every metric of the rules and of the dashboard is there', () => {
  const { names } = samples();
  assert.ok(alerts.length > 25);
  for (const a of alerts) {
    assert.ok(used(a.expr).length || a.expr.startsWith('up{'), a.name);
    for (const name of used(a.expr)) assert.ok(names.has(name), `${a.name}: ${name}`);
  }
  const targets = dashboard.panels.flatMap((p) => p.targets ?? []);
  assert.ok(targets.length > 40);
  for (const t of targets) {
    assert.ok(used(t.expr).length, t.expr);
    for (const name of used(t.expr)) assert.ok(names.has(name), name);
  }
});

test('every metric is in the dashboard or in a rule', () => {
  const shown = new Set([...alerts.flatMap((a) => used(a.expr)), ...dashboard.panels.flatMap((p) => p.targets ?? []).flatMap((t) => used(t.expr))]);
  const left = [...samples().names].filter((n) => !shown.has(n));
  assert.deepEqual(left.filter((n) => n !== 'varco_contacts_passed_total'), []);
});

test('brackets are balanced, and every alert says what happened, what was done and what to do', () => {
  const names = new Set();
  for (const a of alerts) {
    for (const [open, close] of ['()', '{}', '[]']) {
      assert.equal(a.expr.split(open).length, a.expr.split(close).length, a.name);
    }
    assert.match(a.severity, /^(page|warn|info)$/);
    assert.match(a.time, /^\d+[mhd]$/);
    for (const part of ['summary', 'done', 'todo']) assert.match(a[part] ?? '', /^[A-Z].*\.$/, `${a.name}: ${part}`);
    assert.equal(a.runbook, `docs/monitoring.md#${a.name.toLowerCase()}`);
    const section = docs.split(`\n### ${a.name}\n`)[1]?.split('\n### ')[0];
    assert.ok(section, `${a.name} is not explained`);
    for (const part of ['summary', 'done', 'todo', 'expr']) assert.ok(section.includes(a[part]), `${a.name}: ${part}`);
    assert.ok(!names.has(a.name));
    names.add(a.name);
  }
});

test('every alarm that is told is explained', () => {
  const kinds = [...readFileSync('src/domain/alert.c', 'utf8').matchAll(/^\t\{ "([a-z_]+\.[a-z_]+)", ALERT_/gm)].map((m) => m[1]);
  assert.ok(kinds.length > 20);
  for (const kind of kinds) assert.ok(docs.includes(`| \`${kind}\` |`), kind);
});

test('the dashboard is one that Grafana loads', () => {
  assert.ok(dashboard.uid && dashboard.title && dashboard.schemaVersion >= 30);
  const ids = dashboard.panels.map((p) => p.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const p of dashboard.panels) assert.ok(p.gridPos.x + p.gridPos.w <= 24, p.title);
});
