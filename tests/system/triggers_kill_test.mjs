// dev: binary=release
// The gateway is killed with SIGKILL while a shop posts events, VARCO_TRIGGER_KILLS times (10). What was acknowledged is sent
// once; what was not is posted again, as shops do, and makes no second message either. The simulator's log is the truth.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, crowd, grant, keepAlive, request, startWorld, until } from './lib/varco.mjs';

const CYCLES = Number(process.env.VARCO_TRIGGER_KILLS ?? 10);
const EVENTS = 40; // a cycle

let world;
let agent;
const acknowledged = new Map(); // event → decision

before(async () => {
  world = await startWorld();
  agent = keepAlive(EVENTS);
  await grant(world.api, Array.from({ length: CYCLES * EVENTS }, (_, i) => crowd(i)));
  await world.api('POST', '/api/v1/triggers', {
    file: {
      name: 'orders', app: 'crm', number: company.number, event_id: '{/id}', to: '/phone',
      template: { name: 'order_shipped', language: 'it', values: ['{/id}'] },
    },
  });
});

after(async () => {
  agent.destroy();
  await world.stop();
});

// What became of it; undefined when nobody answered.
async function post(id) {
  try {
    const r = await request(`${world.url}/api/v1/triggers/orders`, {
      method: 'POST', agent, body: { id, phone: crowd(id) }, headers: { Authorization: `Bearer ${world.app.key}` },
    });
    if (r.status === 503) return undefined;
    assert.equal(r.status, 200, r.text);
    const [item] = r.json().items;
    assert.ok(['queued', 'repeated'].includes(item.state), r.text);
    if (acknowledged.has(id)) assert.equal(item.decision, acknowledged.get(id), `event ${id} has two decisions`);
    acknowledged.set(id, item.decision);
    return item;
  } catch (e) {
    if (['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(e.code)) return undefined;
    throw e;
  }
}

// Killed at the first answer, or when the first message is on the wire: then some events are on record and not answered,
// some answered and not sent, some being sent.
async function killUnder(ids, when) {
  const mark = await world.sim.mark();
  const posts = ids.map(post);
  if (when === 'answer') await Promise.any(posts.map(async (p) => (await p) ?? Promise.reject(new Error('no answer'))));
  else await until(async () => (await world.sim.sends(mark)).length > 0, 'a message on the wire');
  await world.gateway.kill();
  await Promise.all(posts);
}

test('an acknowledged event is sent once, whatever happens', async () => {
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const ids = Array.from({ length: EVENTS }, (_, i) => cycle * EVENTS + i);
    await killUnder(ids, cycle % 2 ? 'wire' : 'answer');
    await world.startGateway();
    for (const item of await Promise.all(ids.map(post))) assert.ok(item, 'an event was not taken');
  }
  await until(async () => {
    const { queues } = await world.api('GET', '/api/v1/status');
    return queues.held + queues.ready + queues.sending === 0;
  }, 'empty queues');
  const sends = new Map();
  for (const x of await world.sim.sends()) {
    const id = x.body.template.components[0].parameters[0].text;
    sends.set(id, [...(sends.get(id) ?? []), x]);
  }
  const states = {};
  for (let id = 0; id < CYCLES * EVENTS; id++) {
    const sent = sends.get(String(id)) ?? [];
    const decision = await world.decision(acknowledged.get(id));
    states[decision.state] = (states[decision.state] ?? 0) + 1;
    assert.ok(sent.length <= 1, `event ${id} was sent ${sent.length} times`);
    assert.ok(sent.length === 1 || decision.state === 'unknown', `event ${id} was never sent, and is ${decision.state}`);
    for (const x of sent) assert.equal(x.decision, decision.decision);
  }
  console.log(`# ${CYCLES} kills, ${CYCLES * EVENTS} events: ${JSON.stringify(states)}`);
});
