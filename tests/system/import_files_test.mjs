// 300 tables, most of them nasty, and what the gateway says of each: tests/import/make.py writes them,
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

async function reportOf(name) {
  const r = await request(`${world.url}/api/v1/consents/import?dry_run=true`, {
    method: 'POST', body: readFileSync(join(files, name)),
    headers: { Authorization: `Bearer ${world.adminToken}`, 'Content-Type': 'application/octet-stream' },
  });
  const answer = r.json();
  if (r.status >= 400) return [`${name}: refused, ${r.status} ${answer.code}`, `  ${answer.detail}`].join('\n');
  assert.equal(answer.rows, answer.accepted + answer.rejected, name);
  assert.equal(answer.total, answer.rows, name);
  assert.equal(answer.report.length, answer.rejected, name);
  return [`${name}: ${answer.form}, ${answer.rows} rows, ${answer.accepted} accepted`, ...answer.report.flatMap(tell)].join('\n');
}

test('every table has its report', async () => {
  const before_ = await world.api('GET', '/api/v1/consents/export?limit=1000');
  const names = readdirSync(files).sort();
  assert.ok(names.length > 300, `${names.length} tables`);
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
