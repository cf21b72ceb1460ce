// Events of shops and CRMs: the recipes of docs/triggers.md with payloads as their documentation has them (tests/triggers/),
// each through the gate to the simulator, once; what is not signed, is none for a trigger, or comes again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, person, request, startWorld, template, text, until, varcoBin } from './lib/varco.mjs';

const SECRET = 'a-secret-of-the-triggers';
const folder = join(import.meta.dirname, '..', 'triggers');
const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'triggers.md'), 'utf8');
const read = (file) => readFileSync(join(folder, file), 'utf8');
const recipes = readdirSync(folder).filter((x) => x.endsWith('.event.json')).map((x) => x.replace('.event.json', ''));

let world;

before(async () => {
  world = await startWorld();
});

after(() => world.stop());

// --- posting as each of them does ---

const mac = (raw, encoding) => createHmac('sha256', SECRET).update(raw).digest(encoding);
const hash = (raw) => createHash('sha256').update(raw).digest('hex');

const signers = {
  key: () => ({ Authorization: `Bearer ${world.app.key}` }),
  token: () => ({}),
  woocommerce: (raw) => ({ 'X-WC-Webhook-Signature': mac(raw, 'base64'), 'X-WC-Webhook-Topic': 'order.updated' }),
  shopify: (raw) => ({ 'X-Shopify-Hmac-SHA256': mac(raw, 'base64'), 'X-Shopify-Event-Id': '98880550-7158-44d4-b7cd-2c97c8a091b5' }),
  hub: (raw) => ({ 'X-Hub-Signature-256': `sha256=${mac(raw, 'hex')}` }),
  hubspot_v1: (raw) => ({ 'X-HubSpot-Signature': hash(SECRET + raw) }),
  hubspot_v2: (raw, url) => ({ 'X-HubSpot-Signature': hash(`${SECRET}POST${url}${raw}`), 'X-HubSpot-Signature-Version': 'v2' }),
  hubspot: (raw, url) => {
    const stamp = String(Date.now());
    return { 'X-HubSpot-Request-Timestamp': stamp, 'X-HubSpot-Signature-v3': mac(`POST${url}${raw}${stamp}`, 'base64') };
  },
};

function post(trigger, raw, headers) {
  const url = trigger.url + (trigger.proof === 'token' ? `?token=${SECRET}` : '');
  return request(url, {
    method: 'POST', body: raw, headers: { 'Content-Type': 'application/json', ...(headers ?? signers[trigger.proof](raw, url)) },
  });
}

async function taken(trigger, event) {
  const r = await post(trigger, typeof event === 'string' ? event : JSON.stringify(event));
  assert.equal(r.status, 200, r.text);
  return r.json().items;
}

function add(definition) {
  const proof = definition.proof ?? 'key';
  return world.api('POST', '/api/v1/triggers', { file: definition, ...(proof !== 'key' && { secret_file: SECRET }) });
}

const simple = (name, extra) => ({
  name, app: 'crm', number: company.number, to: '/phone', event_id: '{/id}',
  template: { name: 'order_shipped', language: 'it', values: ['{/order}'] }, ...extra,
});

async function sent(decision) {
  const found = await until(async () => (await world.sim.sends()).find((x) => x.decision === decision), `${decision} at the simulator`);
  const { biz_opaque_callback_data: token, ...body } = found.body;
  assert.ok(token);
  return body;
}

// --- recipes ---

for (const name of recipes) {
  test(`recipe ${name}`, async () => {
    const definition = JSON.parse(read(`${name}.json`));
    assert.ok(docs.includes(read(`${name}.json`).trim()), 'docs/triggers.md has another definition');
    delete definition.quiet_hours; // it may be night where this runs: the unit tests try them
    const trigger = await add(definition);
    const raw = read(`${name}.event.json`);
    for (const headers of [{}, ...Object.values(signers).map((s) => s(`${raw} `, trigger.url))]) {
      if (headers.Authorization) continue; // the app itself
      const r = await request(trigger.url, { method: 'POST', body: raw, headers });
      assert.deepEqual([r.status, r.json().code], [401, 'E_DENIED'], JSON.stringify(headers));
    }
    const first = await taken(trigger, raw);
    const queued = first.filter((x) => x.state === 'queued');
    assert.equal(queued.length, 1, JSON.stringify(first));
    const body = await sent(queued[0].decision);
    assert.equal(body.type, 'template');
    assert.match(body.to, /^\+3933312345\d\d$/);
    const again = await taken(trigger, raw);
    assert.deepEqual(again.filter((x) => x.state === 'repeated').map((x) => x.decision), [queued[0].decision]);
    await world.settled(queued[0].decision, ['accepted', 'sent', 'delivered', 'read']);
    const shown = await world.api('GET', `/api/v1/triggers/${trigger.name}`);
    assert.deepEqual([shown.queued, shown.repeated, shown.problem], [1, 1, null]);
    assert.equal((await world.sim.sends()).filter((x) => x.to === body.to).length, 1);
  });
}

test('WooCommerce asks whether somebody is there', async () => {
  const woo = await add(simple('woo-hello', { proof: 'woocommerce' }));
  const hub = await add(simple('hub-hello', { proof: 'hub' }));
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const hello = await post(woo, 'webhook_id=42', form);
  assert.deepEqual([hello.status, hello.json().items], [200, []]);
  for (const body of ['webhook_id=', 'webhook_id', 'webhook_id=42&x=1', 'webhook=42', '{}']) {
    assert.equal((await post(woo, body, form)).status, 401, body);
  }
  assert.equal((await post(hub, 'webhook_id=42', form)).status, 401);
  assert.equal((await world.api('GET', '/api/v1/triggers/woo-hello')).last_at, null);
});

// --- what is made of an event ---

test('a template outside the window, text inside', async () => {
  const trigger = await add(simple('both', { text: 'Ciao {/who|!}, ordine {/order}.' }));
  const [closed] = await taken(trigger, { id: 1, phone: person(8), order: 7 });
  assert.deepEqual(await sent(closed.decision), template(person(8), 'order_shipped', '7'));
  await world.webhook((await import('./lib/company.mjs')).inbound({ from: person(9) }));
  const [open] = await taken(trigger, { id: 2, phone: person(9), order: 8, who: 'Anna' });
  assert.deepEqual(await sent(open.decision), text(person(9), 'Ciao Anna, ordine 8.'));
});

test('an event that is of no use is answered, and told', async () => {
  const trigger = await add(simple('picky', { when: [{ at: '/status', is: 'done' }] }));
  const about = async (event) => (await taken(trigger, event)).map((x) => [x.state, x.decision, x.place]);
  assert.deepEqual(await about({ id: 1, status: 'open' }), [['skipped', null, '/status']]);
  assert.equal((await world.api('GET', '/api/v1/triggers/picky')).problem, null);
  assert.deepEqual(await about({ id: 1, status: 'done', order: 1 }), [['skipped', null, '/phone']]);
  assert.deepEqual(await about({ id: 1, status: 'done', order: 1, phone: 'none' }), [['skipped', null, 'to']]);
  assert.deepEqual(await about({ id: 1, status: 'done', phone: person(10) }), [['skipped', null, '/order']]);
  assert.deepEqual(await about([1]), [['skipped', null, '/status']]);
  const shown = await world.api('GET', '/api/v1/triggers/picky');
  assert.deepEqual([shown.queued, shown.skipped, shown.problem_place], [0, 5, '/order']);
  assert.match(shown.problem, /nothing at a place/);
  const done = await taken(trigger, { id: 1, status: 'done', order: 1, phone: person(10) });
  assert.equal(done[0].state, 'queued');
  await sent(done[0].decision);
});

test('policy judges it as any other send of the app', async () => {
  const trigger = await add(simple('stranger'));
  const stranger = '+447700900123';
  const [item] = await taken(trigger, { id: 1, phone: stranger, order: 7 });
  const d = await world.settled(item.decision, ['refused']);
  assert.deepEqual([d.app, d.rules, d.number], [world.app.id, ['consent.missing'], company.number]);
  assert.ok(!(await world.sim.sends()).some((x) => x.to === stranger));
});

test('an app that may not send posts nothing, and its events stay free', async () => {
  const other = await world.api('POST', '/api/v1/integrations', {
    name: 'shop', owner: 'Marta Neri', purpose: 'Orders', numbers: [company.number], categories: ['utility', 'service'],
  });
  const keyed = await add(simple('barred', { app: 'shop' }));
  const signed = await add(simple('barred-signed', { app: 'shop', proof: 'hub' }));
  const event = JSON.stringify({ id: 1, phone: person(16), order: 7 });
  const byKey = () => post(keyed, event, { Authorization: `Bearer ${other.key}` });
  await world.api('PATCH', `/api/v1/integrations/${other.id}`, { status: 'suspended' });
  const refused = await byKey();
  assert.deepEqual([refused.status, refused.json().code, refused.json().field], [403, 'E_DENIED', 'app']);
  const [skipped] = await taken(signed, event);
  assert.deepEqual([skipped.state, skipped.place], ['skipped', 'app']);
  const shown = await world.api('GET', '/api/v1/triggers/barred-signed');
  assert.match(shown.problem, /suspended or revoked/);
  assert.match(shown.warnings[0], /suspended or revoked/);
  await world.api('PATCH', `/api/v1/integrations/${other.id}`, { status: 'active' });
  assert.equal((await byKey()).json().items[0].state, 'queued');
  assert.equal((await taken(signed, event))[0].state, 'queued');
});

test('what stands in the way of its messages is told before they come', async () => {
  const warned = async (name, template) => (await add(simple(name, { template }))).warnings;
  assert.deepEqual(await warned('fits', { name: 'order_shipped', language: 'it', values: ['{/order}'] }), []);
  assert.match((await warned('many', { name: 'order_shipped', language: 'it', values: ['{/order}', 'x'] }))[0], /does not fit the template\. ./);
  assert.match((await warned('none', { name: 'order_shipped', language: 'xx', values: ['{/order}'] }))[0], /no template of that name/);
  assert.deepEqual(await warned('chosen', { name: '{/kind}', language: 'it', values: ['{/order}'] }), []);
});

test('two events with the same words are two', async () => {
  const trigger = await add(simple('twins', { event_id: '{/id}' }));
  const items = [...await taken(trigger, { id: 1, phone: person(15), order: 7 }), ...await taken(trigger, { id: 2, phone: person(15), order: 7 })];
  for (const { decision } of items) assert.deepEqual(await sent(decision), template(person(15), 'order_shipped', '7'));
});

test('a delay is waited for', async () => {
  const trigger = await add(simple('later', { delay: '2d' }));
  const before = Date.now();
  const [item] = await taken(trigger, { id: 1, phone: person(11), order: 7 });
  const wait = Date.parse(item.due_at) - before;
  assert.ok(wait >= 2 * 86400000 && wait < 2 * 86400000 + 600000, item.due_at);
  assert.equal((await world.decision(item.decision)).state, 'held');
});

test('a rehearsal shows the message and the verdict, and leaves nothing behind', async () => {
  await add(simple('dry'));
  const dry = (file) => world.api('POST', '/api/v1/triggers/dry/test', { file });
  const before = (await world.api('GET', '/api/v1/decisions?limit=1')).items[0]?.decision;
  const good = (await dry({ id: 1, phone: person(12), order: 7 })).items[0];
  assert.deepEqual(good.body, template(person(12), 'order_shipped', '7'));
  assert.deepEqual([good.state, good.event_id, good.decision.verdict], ['queued', '1', 'allow']);
  const bad = (await dry({ id: 2, phone: '+447700900124', order: 7 })).items[0];
  assert.deepEqual([bad.decision.verdict, bad.decision.rules, bad.decision.details[0].id], ['refuse', ['consent.missing'], 'consent.missing']);
  const none = (await dry('{"id":3}')).items[0];
  assert.deepEqual([none.state, none.body, none.decision, none.place], ['skipped', null, null, '/phone']);
  assert.equal((await world.api('GET', '/api/v1/decisions?limit=1')).items[0]?.decision, before);
  const shown = await world.api('GET', '/api/v1/triggers/dry');
  assert.deepEqual([shown.queued, shown.skipped, shown.last_at], [0, 0, null]);
});

test('what is removed takes nothing more; made again it remembers', async () => {
  const definition = simple('brief');
  const trigger = await add(definition);
  const [item] = await taken(trigger, { id: 1, phone: person(13), order: 7 });
  await sent(item.decision);
  assert.deepEqual(await world.api('DELETE', '/api/v1/triggers/brief'), { id: 'brief', removed: true });
  assert.equal((await post(trigger, '{"id":2}')).status, 401);
  await add(definition);
  assert.deepEqual(await taken(trigger, { id: 1, phone: person(13), order: 7 }), [
    { state: 'repeated', decision: item.decision, due_at: null, reason: null, place: null },
  ]);
});

test('the same by the command line', () => {
  const file = (name, content) => {
    writeFileSync(join(world.directory, name), content);
    return join(world.directory, name);
  };
  const varco = (...args) => spawnSync(varcoBin, args, {
    encoding: 'utf8', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
  });
  const definition = file('definition.json', JSON.stringify({ ...simple('words'), name: undefined, proof: 'token' }));
  const add = ['trigger', 'add', definition, '--name', 'words', '--app', 'crm', '--number', company.number,
    '--secret-file', file('secret', `${SECRET}\n`)];
  for (const again of [add, add]) {
    const r = varco(...again);
    assert.deepEqual([r.status, r.stderr], [0, '']);
    assert.match(r.stdout, /api\/v1\/triggers\/words/);
    assert.ok(!r.stdout.includes(SECRET));
  }
  assert.equal(varco(...add.map((x) => (x === definition ? file('other.json', '{"to":"/x","text":"x","proof":"token"}') : x))).status, 7);
  const event = file('event.json', JSON.stringify({ id: 1, phone: person(14), order: 7 }));
  const tried = varco('trigger', 'test', 'words', event, '--json');
  assert.equal(JSON.parse(tried.stdout).items[0].decision.verdict, 'allow', tried.stderr);
  assert.match(varco('trigger', 'test', 'words', event).stdout, /order_shipped/);
  assert.match(varco('trigger', 'list').stdout, /words/);
  assert.match(varco('trigger', 'show', 'words').stdout, /token/);
  const changed = varco('trigger', 'set', 'words', '--file', file('changed.json', JSON.stringify({ ...simple('words'), delay: '1h' })));
  assert.deepEqual([changed.status, changed.stderr], [0, '']);
  assert.match(changed.stdout, /changed[^]*1h/);
  assert.equal(varco('trigger', 'remove', 'words').status, 0);
  assert.equal(varco('trigger', 'show', 'words').status, 1);
  assert.equal(varco('autoreply', 'add', '--name', 'orari', '--kind', 'keyword', '--app', 'crm', '--number', company.number,
    '--words', 'orari,hours', '--text', '9-18').status, 0);
  assert.match(varco('autoreply', 'show', 'orari').stdout, /9-18/);
  assert.equal(varco('autoreply', 'remove', 'orari').status, 0);
});
