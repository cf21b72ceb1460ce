// A disk that is low or as good as full: what is still taken in, and how one learns of it. With a share of 100 every disk is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  company, inbound, person, request, startWorld, template, text, until, varcoBin,
} from './lib/varco.mjs';

let world;

before(async () => {
  world = await startWorld({ gateway: { store: { ballast_mib: 1 } }, company: { people: 9 } });
  await world.sim.inbound({ number: company.number, from: person(1), text: 'Ciao' });
  await world.sim.idle();
});

after(() => world.stop());

const disk = async (store) => {
  await world.gateway.stop();
  await world.startGateway({ store });
};

const readyz = async () => {
  const r = await request(`${world.url}/readyz`);
  return { status: r.status, ...r.json() };
};

const metric = async (name) => {
  const { text: all } = await request(`${world.url}/metrics`);
  return Number(new RegExp(`^varco_${name} (\\S+)$`, 'm').exec(all)[1]);
};

const alarms = async () => (await world.api('GET', '/api/v1/alarms')).items.map((x) => x.kind);

const doctor = () => JSON.parse(
  spawnSync(varcoBin, ['doctor', '--json', '--config', world.configFile, '--url', world.url]).stdout).checks;

test('on a disk with room a ballast lies beside the store', async () => {
  assert.deepEqual(await readyz(), { status: 'ok' });
  assert.equal(statSync(join(world.state, 'ballast')).size, 1 << 20);
  assert.equal(await metric('disk_stage'), 0);
  assert.equal(await metric('disk_ballast_bytes'), 1 << 20);
  assert.ok(await metric('disk_free_bytes') > 0);
  assert.equal(await metric('clock_suspect'), 0);
  assert.ok(Math.abs(await metric('clock_skew_seconds')) < 60);
  assert.equal((await world.send(template(person(2), 'order_shipped', '1'))).status, 200);
});

test('on a low one nothing business-initiated is taken in, replies are', async () => {
  await disk({ low_percent: 100 });
  const mark = await world.sim.mark();
  const refused = await world.send(template(person(3), 'order_shipped', '2'));
  assert.equal(refused.status, 503, refused.text);
  assert.equal(refused.headers['retry-after'], '60', 'nobody makes room in a second');
  assert.equal(refused.json().error.is_transient, true);
  assert.match(refused.json().error.error_data.details, /make room/);
  assert.equal((await world.send(text(person(1), 'Ecco'))).status, 200);
  assert.equal((await world.sim.sends(mark)).length, 1);
  // A campaign says what it waits for.
  const { id } = await world.api('POST', '/api/v1/campaigns', {
    name: 'Orders', number: company.number, template: ['order_shipped'], language: 'it', map: ['1=|1'], audience: `phone\n${person(3)}\n`, by: 'Marta Neri',
  });
  for (const verb of ['preflight', 'approve', 'release']) await world.api('POST', `/api/v1/campaigns/${id}/${verb}`, {});
  const { state, waits_for: waits } = await world.api('GET', `/api/v1/campaigns/${id}`);
  assert.deepEqual([state, waits], ['released', 'disk']);
  await world.api('POST', `/api/v1/campaigns/${id}/cancel`, {});
  const { status, ...ready } = await readyz();
  assert.deepEqual([status, ready], ['ok', { disk: 'low' }]);
  assert.equal(await metric('disk_stage'), 1);
  assert.ok(existsSync(join(world.state, 'ballast')));
  await assert.rejects(world.api('GET', '/api/v1/consents/export?format=xlsx'), { status: 503 }, 'a workbook grows on the disk');
  await world.api('GET', '/api/v1/consents/export?limit=1');
  await until(async () => (await alarms()).includes('disk.low'), 'the alarm');
  const checks = doctor();
  assert.equal(checks.find((x) => x.check === 'disk').result, 'bad');
  assert.equal(checks.find((x) => x.check === 'server disk').result, 'bad');
});

test('on a full one only webhooks and what withdraws or stops, and the ballast is given back', async () => {
  await disk({ stop_percent: 100 });
  const mark = await world.sim.mark();
  for (const body of [template(person(4), 'order_shipped', '3'), text(person(1), 'Ecco')])
    assert.equal((await world.send(body)).status, 503);
  const call = await request(`${world.url}/v25.0/${company.number}/calls`, {
    method: 'POST', headers: { Authorization: `Bearer ${world.app.key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ messaging_product: 'whatsapp', to: person(1).slice(1), action: 'connect' }),
  });
  assert.equal(call.status, 503);
  assert.ok(call.headers['retry-after']);
  assert.equal((await world.sim.sends(mark)).length, 0);
  assert.equal((await request(`${world.url}/readyz`)).status, 503);
  assert.equal((await request(`${world.url}/healthz`)).status, 200);
  assert.ok(!existsSync(join(world.state, 'ballast')));
  assert.equal((await world.webhook(inbound({ from: person(5), body: 'STOP' }))).status, 200);
  const act = (n, what, extra) => world.api('POST', `/api/v1/consents${what}`, { phone: person(n), purpose: 'all', ...extra });
  await assert.rejects(act(6, '', { evidence: 'form', text: 'Sì', source: 'sito' }), { status: 503 });
  await act(6, '/withdraw', { source: 'telefono' });
  await world.api('POST', `/api/v1/numbers/${company.number}/pause`, { purpose: 'marketing', reason: 'prova' });
  await until(async () => (await alarms()).includes('disk.full'), 'the alarm');
  assert.ok(await metric('sends_no_room_total') >= 2);
});

test('with room again everything is as before', async () => {
  await disk({ low_percent: 0, stop_percent: 0 });
  assert.deepEqual(await readyz(), { status: 'ok' });
  assert.ok(existsSync(join(world.state, 'ballast')));
  assert.equal((await world.send(template(person(7), 'order_shipped', '4'))).status, 200);
  const stopped = await world.send(template(person(5), 'order_shipped', '5'));
  assert.equal(stopped.status, 400);
  assert.match(stopped.text, /consent\.withdrawn/);
});
