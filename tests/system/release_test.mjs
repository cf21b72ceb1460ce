// A template that was paused goes out in steps: a hundred, an hour, a tenth of the audience, an hour, the rest.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, envelope, grant, inParallel, startWorld, template, until } from './lib/varco.mjs';

const FIRST = 100;
const PEOPLE = 150;
const PART = 16; // a tenth of those who agreed, and of the three of the company
const HOUR = 3600 * 1000;

const person = (n) => `+44770090${String(n).padStart(4, '0')}`;
const path = `/api/v1/templates/${company.waba}/spring_offer/it`;

let world;
let next = 0;

const offer = (options) => world.send(template(person(next++), 'spring_offer', 'Amico'), options);
const shown = async () => (await world.api('GET', path)).release;
const pass = async (ms) => world.sim.clock({ now: await world.sim.now() + ms });

async function tell(event) {
  const at = new Date(await world.sim.now()).toISOString();
  const r = await world.webhook(envelope('message_template_status_update', {
    event, message_template_id: 55501, message_template_name: 'spring_offer', message_template_language: 'it', reason: 'NONE',
  }));
  assert.equal(r.status, 200, at);
}

// How many of so many at once get through; the others are held by the rule.
async function rush(n) {
  let through = 0;
  await inParallel(Array.from({ length: n }), async () => {
    const r = await offer();
    if (r.status === 200) {
      through++;
      return;
    }
    assert.equal(r.status, 429, r.text);
    const rules = r.json().error.varco.rules.filter((x) => x.level === 'hold');
    assert.deepEqual(rules.map((x) => x.id), ['limit.warmup'], r.text);
    assert.equal(rules[0].evidence.template, 'spring_offer');
    assert.match(rules[0].remedy, /template set --release rest/);
  });
  return through;
}

before(async () => {
  world = await startWorld({
    sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 3 },
  });
  const noon = new Date(await world.sim.now() + 24 * HOUR).setUTCHours(11, 0, 0, 0);
  await world.sim.clock({ now: noon });
  await grant(world.api, Array.from({ length: PEOPLE }, (_, i) => person(i)));
  await tell('PAUSED');
  await pass(2000);
  await tell('APPROVED');
});

after(() => world.stop());

test('a hundred get it and no more, however many ask at once, and a restart forgets none', async () => {
  assert.equal((await shown()).step, 'first');
  assert.equal(await rush(70), 70);
  await world.gateway.kill();
  await world.startGateway();
  assert.equal(await rush(FIRST - 70 + 10), FIRST - 70);
  const { taken, up_to: upTo } = await shown();
  assert.deepEqual([taken, upTo], [FIRST, FIRST]);
  await until(async () => (await shown()).audience, 'a counted audience');
});

test('after an hour a tenth of the audience, with who was waiting, and after another hour the rest', async () => {
  const waiting = await offer({ prefer: 'respond-async' });
  assert.equal(waiting.status, 202, waiting.text);
  await pass(HOUR);
  await world.settled(waiting.decision, ['accepted', 'sent', 'delivered', 'read']);
  assert.equal(await rush(PART + 4), PART - 1);
  assert.deepEqual(await shown().then((x) => [x.step, x.taken, x.audience]), ['part', FIRST + PART, PEOPLE + 3]);
  await world.gateway.kill();
  await world.startGateway();
  assert.equal(await rush(2), 0);
  await pass(HOUR);
  assert.equal(await rush(5), 5);
  assert.equal(await shown(), undefined);
});

test('who ends the steps says who they are and why, and the ledger has it', async () => {
  await world.api('PATCH', path, { release: 'first' });
  assert.deepEqual(await shown().then((x) => [x.step, x.taken]), ['first', 0]);
  for (const [body, field] of [
    [{ release: 'rest' }, 'by'],
    [{ release: 'rest', by: 'Marta Neri' }, 'reason'],
    [{ release: 'half' }, 'release'],
    [{ reason: 'Everybody waits for it' }, 'release'],
    [{ audience: 0 }, 'audience'],
  ]) {
    await assert.rejects(world.api('PATCH', path, body), (e) => {
      assert.deepEqual([e.status, e.problem.field], [400, field]);
      return true;
    });
  }
  await world.api('PATCH', path, { audience: 400 });
  assert.equal((await shown()).audience, 400);
  const newest = async () => (await world.api('GET', '/api/v1/ledger?limit=1')).items[0];
  const { seq } = await newest();
  await world.api('PATCH', path, { release: 'rest', by: 'Marta Neri', reason: 'Everybody waits for it' });
  assert.equal(await shown(), undefined);
  const leaf = await newest();
  assert.deepEqual([leaf.seq > seq, leaf.type], [true, 'operator']);
});
