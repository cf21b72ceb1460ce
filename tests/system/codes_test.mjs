// What one of Meta's error codes in an answer changes for what comes next: each row has a world of its own, in which Meta answers
// one send with that code. `varco explain CODE` says the same in words.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { company, person, request, seed, startWorld, template, templates, text, until } from './lib/varco.mjs';

const utility = (n) => template(person(n), 'order_shipped', '7');

// code; what the next sends of another and of the same person are answered (`other`, `same`); the pause, [scope, purpose, reason];
// alarm and incident that it raises; whether an answer of Meta's to a question ends it.
const rows = [
  { code: 190, other: 'account.paused', pause: ['waba', 'all', 'token'], alarm: 'account.token', incident: 'token_refused', ends: true },
  { code: 131005, other: 'account.paused', pause: ['waba', 'all', 'token_rights'], alarm: 'account.token', incident: 'token_refused' },
  { code: 33, other: 'number.state', alarm: 'number.status', ends: true },
  { code: 133010, other: 'number.state', alarm: 'number.status', ends: true },
  { code: 130403, same: 'recipient.suppressed' },
  { code: 131057, other: 'account.paused', pause: ['number', 'all', '131057'] },
  { code: 131064, other: 'account.paused', pause: ['waba', 'utility', '131064'] },
  { code: 132001, other: 'template.not_sendable', ends: true },
  { code: 139200, direct: 'account.restricted', alarm: 'account.restricted', incident: 'direct_send' },
  { code: 130497, other: 'account.country', incident: 'country_blocked' },
  { code: 368, other: 'account.locked', alarm: 'account.locked', incident: 'locked' },
  { code: 131048, pause: ['number', 'marketing', '131048'], incident: 'own_pause' },
];

// As Varco has them; what is not in Meta's list stays unknown.
async function defineAtMeta(world) {
  for (const { name, language, category, components } of templates.slice(0, 2)) {
    const r = await request(`${world.sim.url}/v25.0/${company.waba}/message_templates`, {
      method: 'POST', headers: { Authorization: `Bearer ${company.token}` },
      body: { name, language, category, components: components.map((x) => withExample(x)) },
    });
    assert.equal(r.status, 200, r.text);
    await world.sim.control('POST', 'template', { waba: company.waba, name, language, status: 'APPROVED' });
  }
}

const withExample = (x) => (x.type === 'BODY' ? { ...x, example: { body_text: [['7']] } } : x);

async function begin(code) {
  const world = await startWorld({ gateway: { server: { clock: 'upstream' } }, sim: ['--clock', 'virtual'], company: false, asks: true });
  // By day, so that nobody sleeps; the account is its token's. It is asked about for the first time a minute behind its entry.
  await world.sim.clock({ advance_ms: new Date(await world.sim.now()).setUTCHours(34, 0, 0, 0) - await world.sim.now() });
  world.app = await seed(world.api);
  await world.sim.config({ waba: company.waba, token: company.token });
  await defineAtMeta(world);
  for (let n = 1; n <= 5; n++) {
    await world.api('POST', '/api/v1/consents', {
      phone: person(n), purpose: 'all', evidence: 'signed', text: 'Sì', source: 'negozio',
    });
  }
  await world.sim.fault({ path: '/messages', nth: 1, kind: `error:${code}`, times: 1 });
  const r = await world.send(utility(1));
  assert.equal(r.json().error.code, code);
  return world;
}

const ruleOf = (r) => r.json().error?.varco?.rules[0].id;
const kinds = async (world, what) => (await world.api('GET', `/api/v1/${what}`)).items.map((x) => x.kind);

describe('a code in an answer', { concurrency: 2 }, () => {
  for (const row of rows) {
    test(`${row.code}`, async (t) => {
      const world = await begin(row.code);
      t.after(() => world.stop());
      assert.equal(ruleOf(await world.send(utility(2))), row.other);
      assert.equal(ruleOf(await world.send(utility(1))), row.same ?? row.other);
      if (row.direct) {
        const direct = { ...text(person(3), 'Il tuo ordine è partito alle 14.'), category: 'utility' };
        assert.equal(ruleOf(await world.send(direct)), row.direct);
      }
      const { items } = await world.api('GET', '/api/v1/pauses');
      assert.deepEqual(items.map((x) => [x.scope, x.purpose, x.reason]), row.pause ? [row.pause] : []);
      const { paused } = await world.api('GET', `/api/v1/accounts/${company.waba}`);
      assert.deepEqual(paused.map((x) => x.reason), items.filter((x) => x.scope === 'waba').map((x) => x.reason));
      const alarms = (await kinds(world, 'alarms')).filter((x) => x !== 'incident.opened');
      assert.deepEqual(alarms, row.alarm ? [row.alarm] : []);
      assert.deepEqual(await kinds(world, 'incidents'), row.incident ? [row.incident] : []);
      if (!row.ends) return;

      const held = await world.send(utility(4), { prefer: 'respond-async' });
      await until(async () => {
        await world.sim.clock({ advance_ms: 30000 });
        return (await world.send(utility(5), { headers: { 'Idempotency-Key': `${await world.sim.now()}` } })).status === 200;
      }, 'the end of it');
      if (held.status === 202) await world.settled(held.decision, ['accepted', 'sent', 'delivered', 'read']);
      const { items: incidents } = await world.api('GET', '/api/v1/incidents');
      if (row.incident) await until(async () => (await world.api('GET', '/api/v1/incidents')).items[0].state === 'answered', 'its end');
      assert.equal(incidents.length, row.incident ? 1 : 0);
      if (row.alarm) assert.ok((await kinds(world, 'alarms')).includes(`${row.alarm}_fine`), 'the all clear');
    });
  }

  test('another token ends what the last one could not do', async (t) => {
    const world = await begin(131005);
    t.after(() => world.stop());
    await world.api('PATCH', `/api/v1/accounts/${company.waba}`, { token_file: 'another-token' });
    assert.equal((await world.send(utility(2))).status, 200);
    assert.ok((await kinds(world, 'alarms')).includes('account.token_fine'));
  });

  test('130429: half as fast for a minute', async (t) => {
    const world = await begin(130429);
    t.after(() => world.stop());
    await world.api('PATCH', `/api/v1/numbers/${company.number}`, { throughput: 2 });
    // The simulator's clock stands still, so this second does not end.
    await world.sim.clock({ advance_ms: 1000 });
    const before = [await world.send(utility(2)), await world.send(utility(3))].map(ruleOf);
    assert.deepEqual(before, [undefined, 'limit.throughput']);
    await world.sim.clock({ advance_ms: 60000 });
    const after = [await world.send(utility(4)), await world.send(utility(5))].map(ruleOf);
    assert.deepEqual(after, [undefined, undefined]);
  });
});
