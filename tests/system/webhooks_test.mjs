// What apps were posted can be looked at, sent again and held back.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { inbound, person, startReceiver, startWorld, until } from './lib/varco.mjs';

const SECRET = 'secret-of-the-app-in-tests';
let world;
let receiver;
let refuse = 0; // so many posts get 500
let count = 0;

const at = '/api/v1/webhooks';
const deliveries = async (query = '') => (await world.api('GET', `${at}/deliveries${query}`)).items;
const write = () => world.webhook(inbound({ from: person(1), body: `Ciao ${++count}` }));
const heard = (body) => receiver.posts.filter((p) => p.status === 200 && p.raw.includes(body)).length;

before(async () => {
  receiver = await startReceiver(() => (refuse-- > 0 ? 500 : 200));
  world = await startWorld({ company: { people: 5, webhook: { url: receiver.url, secret: SECRET } } });
});

after(async () => {
  await world.stop();
  await receiver.close();
});

test('a delivery has its request, its answer and its time', async () => {
  assert.equal((await write()).status, 200);
  await until(() => heard('Ciao 1'), 'the event');
  const [d] = await until(async () => { const list = await deliveries(); return list.length && list; }, 'the delivery');
  assert.deepEqual([d.outcome, d.status, d.attempt, d.kept], ['delivered', 200, 1, true]);
  const whole = await world.api('GET', `${at}/deliveries/${d.id}`);
  assert.deepEqual(JSON.parse(whole.request), receiver.posts.at(-1).json);
  const [w] = (await world.api('GET', at)).items;
  assert.deepEqual([w.name, w.enabled, w.last_status, w.last_outcome], ['crm', true, 200, 'delivered']);
});

test('one that was not taken stands there too, and the next one takes its events', async () => {
  refuse = 1;
  await write();
  await until(() => heard('Ciao 2'), 'the event, the second time');
  const list = await until(async () => { const l = await deliveries(); return l[0]?.attempt === 2 && l; }, 'both attempts');
  assert.deepEqual(list.slice(0, 2).map((d) => [d.outcome, d.status, d.attempt, d.kept]), [['delivered', 200, 2, true], ['failed', 500, 1, false]]);
  assert.deepEqual((await deliveries('?failed=true')).map((d) => d.status), [500]);
});

test('one is sent again, and all of a time, signed as ever', async () => {
  const [d] = await deliveries();
  const before_ = heard('Ciao 2');
  const one = await world.api('POST', `${at}/resend`, { id: d.id });
  assert.deepEqual(one, { deliveries: 1, events: d.events, more: false, next_since: null });
  await until(() => heard('Ciao 2') === before_ + 1, 'the event again');
  const post = receiver.posts.at(-1);
  assert.equal(post.headers['x-hub-signature-256'], `sha256=${createHmac('sha256', SECRET).update(post.raw).digest('hex')}`);
  const kept = (await deliveries()).filter((x) => x.kept).length;
  const all = await world.api('POST', `${at}/resend`, { app: 'crm', since: '2026-01-01T00:00:00Z' });
  assert.ok(all.deliveries >= kept, `${all.deliveries} of ${kept}`);
  await until(() => heard('Ciao 1') === 2, 'the first event again');
  // Of a range each delivery is a job of its own; that somebody asked is on the ledger once.
  const acts = (await world.api('GET', '/api/v1/audit?operation=resendDeliveries')).items;
  assert.deepEqual(acts.map((a) => a.values.id ?? a.values.app), ['crm', d.id]);
});

test('what is switched off hears nothing until it is switched on, and then everything', async () => {
  await world.api('POST', `${at}/disable`, { app: 'crm', reason: 'A test.' });
  await write();
  const waiting = await until(async () => (await world.api('GET', at)).items.find((w) => !w.enabled && w.waiting > 0), 'an event that waits');
  assert.equal(waiting.waiting, 1);
  assert.equal(heard(`Ciao ${count}`), 0);
  await world.api('POST', `${at}/enable`, { app: 'crm' });
  await until(() => heard(`Ciao ${count}`) === 1, 'the event that waited');
});
