// 330 tables, most of them nasty, and what the gateway says of each: tests/import/make.py writes them,
// tests/import/reports.txt has the reports for everybody to read. Who changed a sentence writes that file anew with
// VARCO_WRITE_REPORTS=1 and reads the difference.
//
// dev: binary=both
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request, scratch, startWorld } from './lib/varco.mjs';

const folder = new URL('../import/', import.meta.url).pathname;
const expectedFile = join(folder, 'reports.txt');
const files = scratch('tables');
let world;

before(async () => {
  const r = spawnSync('python3', [join(folder, 'make.py'), files], { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  world = await startWorld({ company: { people: 1 } });
});

after(() => world.stop());

function tell(problem) {
  const { row, column, value, reason, fix, suggestion } = problem;
  return [`  row ${row}, ${column ?? 'whole'}: ${JSON.stringify(value)}`, `    ${reason}`, `    ${fix}`,
    ...(suggestion ? [`    → ${suggestion}`] : [])];
}

async function tried(name, lang) {
  const r = await request(`${world.url}/api/v1/consents/import?dry_run=true`, {
    method: 'POST', body: readFileSync(join(files, name)),
    headers: { Authorization: `Bearer ${world.adminToken}`, 'Content-Type': 'application/octet-stream', 'Accept-Language': lang },
  });
  return [r, r.json()];
}

async function reportOf(name) {
  const [r, answer] = await tried(name, 'en');
  if (r.status >= 400) return [`${name}: refused, ${r.status} ${answer.code}`, `  ${answer.detail}`].join('\n');
  assert.equal(answer.rows, answer.accepted + answer.rejected, name);
  assert.equal(answer.total, answer.rows, name);
  assert.equal(answer.report.length, answer.rejected, name);
  return [`${name}: ${answer.form}, ${answer.rows} rows, ${answer.accepted} accepted`, ...answer.report.flatMap(tell)].join('\n');
}

test('every table has its report', async () => {
  const before_ = await world.api('GET', '/api/v1/consents/export?limit=1000');
  const names = readdirSync(files).sort();
  assert.ok(names.length > 325, `${names.length} tables`);
  const reports = [];
  for (const name of names) reports.push(await reportOf(name));
  const text = `${reports.join('\n\n')}\n`;
  if (process.env.VARCO_WRITE_REPORTS) writeFileSync(expectedFile, text);
  const expected = readFileSync(expectedFile, 'utf8').trimEnd().split('\n\n');
  for (const [i, report] of text.trimEnd().split('\n\n').entries()) assert.equal(report, expected[i]);
  assert.equal(expected.length, reports.length);
  // Nothing was recorded, nobody became known.
  assert.equal((await world.api('GET', '/api/v1/imports?limit=1')).items[0].state, 'tried');
  assert.deepEqual(await world.api('GET', '/api/v1/consents/export?limit=1000'), before_);
});

// Sentences for people, apart from what they quote.
const sentences = ([, answer]) => [answer.detail, ...(answer.report ?? []).flatMap((x) => [x.reason, x.fix])].filter(Boolean);

test('every sentence has its Italian', async () => {
  const left = new Set();
  for (const name of readdirSync(files)) {
    const [en, it] = [sentences(await tried(name, 'en')), sentences(await tried(name, 'it'))];
    assert.equal(it.length, en.length, name);
    const words = (text) => new Set(text.toLowerCase().match(/[a-z]{3,}/g));
    // What begins in Italian and ends in English is as bad as what is English whole.
    for (const [i, text] of it.entries()) {
      const english = [...words(text)].filter((x) => ['the', 'and', 'this', 'that', 'has', 'with', 'not', 'must', 'than', 'more', 'were', 'which'].includes(x));
      if (text === en[i] || english.length) left.add(`${name}: ${text}`);
    }
  }
  assert.deepEqual([...left], []);
});
