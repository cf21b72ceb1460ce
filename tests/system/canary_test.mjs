// Numbers, ids and words that stand for a person's are looked for wherever none may be: in the log at its most talkative, in
// metrics, in answers to strangers, and in what a process leaves when it dies.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, inbound, person, startWorld, template, text, until, varcoBin } from './lib/varco.mjs';

const phones = [person(1), person(2), person(3), person(77)];
const bsuid = 'IT.1C4n4ry0fTh3T3sts';
const words = ['canary-wording', 'canary-body', 'canary-parameter', 'canary-source', 'canary-callback', 'canary-attribute'];
const national = (phone) => phone.slice(3);
const canaries = [bsuid, ...words, ...phones.map(national)];
let world;
let log = '';

const run = (...args) => spawnSync(varcoBin, args, {
  encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
});

function clean(where, content) {
  for (const canary of canaries) {
    const at = content.indexOf(canary);
    assert.equal(at, -1, `${where}: …${content.slice(Math.max(0, at - 60), at + 40)}…`);
  }
}

before(async () => {
  world = await startWorld({ company: { people: 3 }, gateway: { log: { level: 'debug' } } });
  const record = (...more) => run('consent', 'record', '--purpose', 'all', '--evidence', 'form', '--text', 'canary-wording',
    '--source', 'canary-source', ...more);
  record('--phone', phones[0]);
  record('--bsuid', bsuid);
  record('--phone', `${phones[0]}x`);
  const table = join(world.directory, 'canaries.csv');
  writeFileSync(table, `phone,purpose,act,at,evidence,note\n${phones[1]},marketing,grant,2026-01-01,form,canary-attribute\n`
    + `${phones[1]}999999,marketing,grant,2026-01-01,form,canary-attribute\n`);
  run('consent', 'import', table);
  await world.webhook(inbound({ from: phones[2], text: 'canary-body', number: company.number })).catch(() => {});
  await world.webhook(inbound({ from: phones[2], text: 'canary-body', number: company.number }), { signature: 'sha256=00' })
    .catch(() => {});
  await world.sim.inbound({ number: company.number, from: phones[0], text: 'canary-body' });
  await world.sim.idle();
  const callback = { biz_opaque_callback_data: 'canary-callback' };
  await world.send({ ...template(phones[0], 'spring_offer', 'canary-parameter'), ...callback }, { key: 'canary-callback' });
  await world.send({ ...text(phones[0], 'canary-body'), ...callback });
  await world.send(text(phones[3], 'canary-body'));
  await world.send({ ...text(phones[0], 'canary-body'), type: 'canary-body' });
  await world.send(text('canary-body', 'canary-body'));
  for (const kind of ['reset', 'truncate', 'drip']) {
    await world.sim.fault({ path: 'messages', nth: 1, kind, times: 1 }).catch(() => {});
    await world.send({ ...text(phones[0], `canary-body ${kind}`), ...callback });
  }
  run('consent', 'dsar', '--phone', phones[0]);
  run('consent', 'withdraw', '--phone', phones[0], '--purpose', 'all', '--source', 'canary-source');
  run('consent', 'erase', '--phone', phones[0], '--yes');
  run('consent', 'erase', '--phone', phones[0], '--yes');
  run('ledger', 'checkpoint');
  await world.sim.idle();
});

after(() => world.stop());

test('the log says nothing of anybody', () => {
  log = world.gateway.log();
  assert.match(log, /an operator made a change/);
  assert.ok(log.includes('level=debug') || log.length > 500, 'the log is talkative');
  clean('log', log);
});

test('nor do metrics', async () => {
  const r = await fetch(`${world.url}/metrics`);
  const metrics = await r.text();
  assert.match(metrics, /sends_allowed/);
  clean('metrics', metrics);
});

test('nor what strangers are told', async () => {
  for (const path of [`/api/v1/consents?phone=${encodeURIComponent(phones[1])}`, `/v23.0/${company.number}/messages`,
    `/canary-body/${national(phones[1])}`, '/webhooks/meta']) {
    const r = await fetch(world.url + path, { method: path.includes('consents') ? 'GET' : 'POST', body:
      path.includes('consents') ? undefined : JSON.stringify(text(phones[1], 'canary-body')) });
    clean(path, await r.text());
  }
});

test('nor lists of sends and alarms, where a person is an id', async () => {
  clean('decisions', JSON.stringify(await world.api('GET', '/api/v1/decisions?limit=1000')).replaceAll(/"wamid":"[^"]*"/g, ''));
  clean('alarms', JSON.stringify(await world.api('GET', '/api/v1/alarms?limit=1000')));
  clean('ledger', JSON.stringify(await world.api('GET', '/api/v1/ledger?limit=1000')));
});

test('a process that dies leaves no picture of its memory', async () => {
  assert.match(readFileSync(`/proc/${world.gateway.pid}/limits`, 'utf8'), /Max core file size\s+0\s+0/);
  const before_ = readdirSync('.');
  process.kill(world.gateway.pid, 'SIGSEGV');
  let died = false;
  world.gateway.exited.then(() => { died = true; });
  await until(() => died, 'its end');
  for (const folder of ['.', world.state, world.directory]) {
    for (const name of readdirSync(folder)) {
      if (folder === '.' && before_.includes(name)) continue;
      assert.doesNotMatch(name, /core/, join(folder, name));
    }
  }
  clean('the log of who died', world.gateway.log());
  assert.ok(statSync(join(world.state, 'varco.key')).mode % 0o100 === 0);
  await world.startGateway();
});
