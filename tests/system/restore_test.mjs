// A gateway that is killed under load is brought back from a copy: what was answered before the copy is there, the
// ledger verifies, and nothing goes out again of which nobody can tell whether it went out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inParallel, person, startWorld, template, until, varcoBin } from './lib/varco.mjs';

const KEYS = ['varco.key', 'suppression.key', 'restricted.key', 'ledger.key', 'ledger.pub', 'admin.token'];
const answered = []; // decisions before the copy
let world;
let copy;
let count = 0;

const send = (o) => world.send(template(person(1 + count % 40), 'order_shipped', `A${++count}`), o);
const offer = (n) => world.send(template(person(n), 'spring_offer', 'Ada'));
const varco = (...args) => spawnSync(varcoBin, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
const restore = (...args) => {
  const run = varco('backup', 'restore', join(world.state, 'backups', copy.name), '--json', ...args);
  return { ...run, value: run.stdout ? JSON.parse(run.stdout) : null };
};

before(async () => { world = await startWorld({ company: { people: 60 } }); });
after(() => world.stop());

test('a copy under load has all that was answered before it', async () => {
  await inParallel(Array.from({ length: 40 }), async () => {
    const r = await send();
    assert.equal(r.status, 200, r.text);
    answered.push(r.decision);
  }, 8);
  await world.api('POST', '/api/v1/ledger/checkpoint', {});
  let going = true;
  const load = inParallel(Array.from({ length: 4 }), async () => { while (going) await send(); }, 4);
  copy = await world.api('POST', '/api/v1/backups', {});
  going = false;
  await load;
  assert.equal(copy.state, 'good');
});

test('no restore while a gateway runs', async () => {
  const run = restore('--state-dir', world.state, '--replace');
  assert.equal(run.status, 7, run.stderr);
  assert.match(run.stderr, /open for writing/);
});

test('what would be lost is told, and nothing is done unless it is to be replaced', async () => {
  await world.api('POST', '/api/v1/consents/withdraw', { phone: person(7), purpose: 'marketing' });
  await send();
  await world.gateway.kill();
  const run = restore('--state-dir', world.state);
  assert.equal(run.status, 7, run.stderr);
  assert.equal(run.value.restored, false);
  assert.equal(run.value.entries, copy.entries);
  assert.deepEqual([run.value.newer.readable, run.value.newer.same_ledger, run.value.newer.withdrawals], [true, true, 1]);
  assert.ok(run.value.newer.decisions >= 1);
  assert.deepEqual(readdirSync(world.state).filter((f) => f.includes('restoring')), []);
});

test('keys that do not belong to the copy are found out', async () => {
  const elsewhere = join(world.directory, 'other');
  mkdirSync(elsewhere, { mode: 0o700 });
  assert.equal(restore('--state-dir', elsewhere).status, 1, 'no keys');
  for (const key of KEYS) copyFileSync(join(world.state, key), join(elsewhere, key));
  for (const key of ['varco.key', 'suppression.key', 'ledger.key']) {
    writeFileSync(join(elsewhere, key), Buffer.alloc(32, 7), { mode: 0o600 });
    const run = restore('--state-dir', elsewhere);
    assert.equal(run.status, 8, `${key}: ${run.stderr}`);
    copyFileSync(join(world.state, key), join(elsewhere, key));
  }
  assert.deepEqual(readdirSync(elsewhere).filter((f) => f.startsWith('varco.db') && f !== 'varco.db-lock'), []);
});

test('brought back into a new folder it serves, and the ledger verifies', async () => {
  const state = join(world.directory, 'other');
  const run = restore('--state-dir', state);
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual([run.value.restored, run.value.newer, run.value.aside], [true, null, null]);
  await world.startGateway({ server: { state_dir: state } });
  world.state = state;
  for (const id of answered) assert.equal((await world.decision(id)).decision, id);
  await world.gateway.stop();
  const verified = varco('ledger', 'verify', '--state-dir', state, '--json');
  assert.equal(verified.status, 0, verified.stderr);
  assert.ok(JSON.parse(verified.stdout).entries > copy.entries, 'the restore is an entry');
  await world.startGateway();
});

test('marketing waits until somebody confirms; the rest goes on', async () => {
  const status = await world.api('GET', '/api/v1/backups/status');
  assert.ok(status.restored_at);
  assert.ok((await world.api('GET', '/api/v1/alarms')).items.some((a) => a.kind === 'store.restored'));
  const [act] = (await world.api('GET', '/api/v1/audit?operation=storeRestored')).items;
  assert.equal(act.by, 'varco');
  const held = await offer(1);
  assert.equal(held.status, 429, held.text);
  assert.equal(held.json().error.varco.rules[0].id, 'account.paused');
  assert.equal((await send()).status, 200);
  const waba = (await world.api('GET', '/api/v1/pauses')).items.find((p) => p.by === 'restore');
  assert.equal(waba.purpose, 'marketing');
  const resumed = await world.api('POST', '/api/v1/pauses/resume', { scope: 'waba', id: waba.id }).then(() => null, (e) => e);
  assert.equal(resumed.status, 404, 'no other end of a pause ends it');
  assert.deepEqual(await world.api('POST', '/api/v1/backups/confirm', { reason: 'Ripresi dalla posta' }), { held: false });
  assert.equal((await world.api('GET', '/api/v1/backups/status')).restored_at, null);
  await until(async () => (await offer(2)).status === 200, 'marketing');
});

test('it binds in observe mode too', async () => {
  await world.gateway.stop();
  const state = join(world.directory, 'observed');
  mkdirSync(state, { mode: 0o700 });
  for (const key of KEYS) copyFileSync(join(world.state, key), join(state, key));
  copyFileSync(join(world.directory, 'state', 'backups', copy.name), join(world.directory, copy.name));
  const run = varco('backup', 'restore', join(world.directory, copy.name), '--state-dir', state);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /varco backup confirm/);
  await world.startGateway({ server: { state_dir: state }, policy: { mode: 'observe' } });
  assert.equal((await offer(3)).status, 429);
  assert.equal((await send()).status, 200);
});
