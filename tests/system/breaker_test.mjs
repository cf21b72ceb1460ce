// The circuit breaker: too many people say STOP, and the marketing of that number ends by itself; all else goes on.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  company, crowd, grant, inParallel, person, scratch, startReceiver, startWorld, template, until,
} from './lib/varco.mjs';

const DELIVERED = 120; // the pack asks for 100 before it judges
const OUT = 8;
const [number, second] = company.numbers;

const SECRET = Buffer.from('an invented secret of thirty-two');

let world;
let people; // those who hear the alerts

before(async () => {
  people = await startReceiver();
  const file = join(scratch('alerts'), 'secret');
  writeFileSync(file, `whsec_${SECRET.toString('base64')}\n`);
  world = await startWorld({
    company: { people: 40 }, gateway: { alerts: { url: people.url, secret_file: file, language: 'it' } },
  });
  await grant(world.api, Array.from({ length: DELIVERED }, (_, i) => crowd(i)));
  await until(async () => (await world.api('GET', '/api/v1/status')).ready, 'a ready gateway');
});

after(async () => {
  await world.stop();
  await people.close();
});

// As the Standard Webhooks specification has it, without our own code.
function assertSigned(post) {
  const { 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': signature } = post.headers;
  const mac = createHmac('sha256', SECRET).update(`${id}.${stamp}.${post.raw}`).digest('base64');
  assert.equal(signature, `v1,${mac}`);
  assert.ok(Math.abs(Date.now() / 1000 - Number(stamp)) < 300, stamp);
}

const offer = (n, to = number) => world.send(template(person(n), 'spring_offer', `N${n}`), { number: to });
const alarms = (kind) => world.api('GET', `/api/v1/alarms?kind=${kind}`);

test('opt-outs of one number stop its marketing, and nothing else', async () => {
  const decisions = [];
  await inParallel(Array.from({ length: DELIVERED }, (_, i) => i), async (i) => {
    const r = await world.send(template(crowd(i), 'order_shipped', `A${i}`));
    assert.equal(r.status, 200, r.text);
    decisions.push(r.decision);
  });
  for (const d of decisions) await world.settled(d, ['delivered', 'read']);
  assert.equal((await offer(1)).status, 200);

  for (let i = 0; i < OUT; i++) await world.sim.inbound({ number, from: crowd(i), text: 'STOP' });
  await world.sim.idle();
  await until(async () => (await alarms('breaker.pause')).items.length, 'the pause');

  const held = await offer(2);
  assert.equal(held.status, 429, held.text);
  const [rule] = held.json().error.varco.rules;
  assert.equal(rule.id, 'account.paused');
  assert.equal(rule.evidence.by, 'breaker');
  assert.equal((await world.send(template(person(3), 'order_shipped', 'B3'))).status, 200);
  assert.equal((await offer(4, second)).status, 200);

  const [alarm] = (await alarms('breaker.pause')).items;
  assert.equal(alarm.scope, `number:${number}`);
  const { detail } = alarm;
  assert.equal(detail.signal, 'opt_outs');
  assert.ok(detail.part <= OUT && detail.of >= 100 && detail.at_least_ppm >= 20000, JSON.stringify(detail));
  assert.ok(!JSON.stringify(detail).includes('555'), 'an alarm names nobody');
  const { paused } = await world.api('GET', `/api/v1/numbers/${number}`);
  assert.deepEqual(paused.map((p) => [p.purpose, p.by, p.until]), [['marketing', 'breaker', null]]);
});

test('it lasts over a restart, until someone resumes it', async () => {
  await world.gateway.kill();
  await world.startGateway();
  assert.equal((await offer(5)).status, 429);
  const resumed = await world.api('POST', `/api/v1/numbers/${number}/resume`, { purpose: 'marketing' });
  assert.deepEqual(resumed.paused.map((p) => [p.by, p.percent]), [['breaker', 10]]);
  assert.equal((await alarms('breaker.pause')).items.length, 1);
});

// A hundred a day are what the pack takes for little: a tenth of that is one in 2 h 24 min.
test('it begins again by steps, over a restart too, or at once when somebody answers for it', async () => {
  const first = await offer(6);
  assert.equal(first.status, 429);
  const [rule] = first.json().error.varco.rules;
  assert.deepEqual([rule.id, rule.evidence.percent, rule.evidence.a_day], ['account.paused', 10, 100]);
  assert.match(rule.because, /10 per cent of the 100 a day/);
  await world.gateway.kill();
  await world.startGateway();
  const again = (await offer(7)).json().error.varco.rules[0];
  assert.equal(again.evidence.until, rule.evidence.until);
  const [rate, ...others] = (await world.api('GET', '/api/v1/pauses')).items;
  assert.deepEqual([rate.scope, rate.id, rate.purpose, rate.percent, rate.by, others.length],
    ['number', number, 'marketing', 10, 'breaker', 0]);
  assert.equal((await world.send(template(person(7), 'order_shipped', 'B7'))).status, 200);
  assert.equal((await offer(8, second)).status, 200);
  await assert.rejects(world.api('POST', `/api/v1/numbers/${number}/resume`, { full: true }), { status: 400 });
  await world.api('POST', `/api/v1/numbers/${number}/resume`, { full: true, by: 'Ada', reason: 'The list was wrong.' });
  assert.equal((await offer(9)).status, 200);
  assert.equal((await offer(10)).status, 200);
});

test('people are told what happened, what was done and what to do', async () => {
  const told = () => people.posts.flatMap((p) => p.json.data.alerts).filter((a) => a.kind === 'breaker.pause');
  await until(() => told().length, 'the alert');
  for (const post of people.posts) assertSigned(post);
  assert.equal(new Set(people.posts.map((p) => p.headers['webhook-id'])).size, people.posts.length);
  const [alert, ...more] = told();
  assert.deepEqual(more, []);
  assert.deepEqual([alert.scope, alert.severity, alert.count], [`number:${number}`, 'act', 1]);
  assert.match(alert.what, /disiscrizioni/);
  assert.match(alert.done, /in pausa/);
  assert.match(alert.todo, /varco pause resume/);
});

// A pause of a template or an app is found and ended in the same place as any other.
test('every pause is listed, and ended where it is', async () => {
  await world.api('POST', `/api/v1/numbers/${second}/pause`, { purpose: 'marketing', reason: 'A test.' });
  const [pause, ...others] = (await world.api('GET', '/api/v1/pauses')).items;
  assert.deepEqual(others, []);
  assert.deepEqual([pause.scope, pause.id, pause.purpose, pause.by], ['number', second, 'marketing', 'operator']);
  for (const [body, status, field] of [
    [{ scope: 'number', id: number }, 404, 'id'],
    [{ scope: 'town', id: number }, 400, 'scope'],
    [{ scope: 'number', id: second, purpose: 'fun' }, 400, 'purpose'],
    [{ scope: 'number' }, 400, 'id'],
  ]) {
    await assert.rejects(world.api('POST', '/api/v1/pauses/resume', body), (e) => {
      assert.deepEqual([e.status, e.problem.field], [status, field]);
      return true;
    });
  }
  assert.equal((await offer(12, second)).status, 429);
  const left = await world.api('POST', '/api/v1/pauses/resume', { scope: 'number', id: second, purpose: 'marketing' });
  assert.deepEqual(left.items, []);
  assert.equal((await offer(13, second)).status, 200);
});
