// What is answered by itself: to whom, when, once, and to no machine. The gateway's clock is the simulator's, which stands
// where each test puts it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comingDay, company, inbound, person, startWorld, text, until } from './lib/varco.mjs';

const MINUTE = 60000;
const HOUR = 60 * MINUTE;
const MONDAY = comingDay(1, 10); // eleven or twelve in Rome
const SUNDAY = MONDAY - 24 * HOUR;

let world;

const add = (name, more) => world.api('POST', '/api/v1/autoreplies', { name, app: 'crm', number: company.number, ...more });

before(async () => {
  world = await startWorld({ sim: ['--clock', 'virtual'], simWebhooks: false, gateway: { server: { clock: 'upstream' } } });
  await world.sim.clock({ now: SUNDAY });
  await add('hello', { kind: 'welcome', text: 'Benvenuti da Bottega Esempio.' });
  await add('closed', { kind: 'out_of_hours', text: 'Siamo chiusi, rispondiamo lunedì.', hours: 'mon-fri 09:00-18:00' });
  await add('hours', { kind: 'keyword', text: 'Dalle 9 alle 18.', words: ['orari'] });
});

after(() => world.stop());

// What `from` says at `now`, and every answer to it. Nothing waits when the queues are empty.
async function say(from, body, now, more = {}) {
  await world.sim.clock({ now });
  const mark = await world.sim.mark();
  const r = await world.webhook(inbound({ from, body, at: now, ...more }));
  assert.equal(r.status, 200, r.text);
  await until(async () => {
    const { queues } = await world.api('GET', '/api/v1/status');
    return queues.held + queues.ready + queues.sending + queues.unknown === 0;
  }, 'an empty queue');
  return (await world.sim.sends(mark)).map(({ body: { biz_opaque_callback_data: token, ...rest } }) => rest);
}

test('a welcome for who writes first, and then no more', async () => {
  assert.deepEqual(await say(person(1), 'buongiorno', MONDAY), [text(person(1), 'Benvenuti da Bottega Esempio.')]);
  assert.deepEqual(await say(person(1), 'avete sandali?', MONDAY + MINUTE), []);
  const { items: [decision] } = await world.api('GET', '/api/v1/decisions?limit=1');
  assert.deepEqual([decision.app, decision.purpose, decision.mode], [world.app.id, 'service', 'enforce']);
  const shown = await world.api('GET', '/api/v1/autoreplies/hello');
  assert.deepEqual([shown.sent, shown.last_at], [1, new Date(MONDAY).toISOString().replace('.000', '')]);
});

test('out of hours, and a word before that', async () => {
  assert.deepEqual(await say(person(2), 'buonasera', MONDAY + 9 * HOUR), [text(person(2), 'Siamo chiusi, rispondiamo lunedì.')]);
  assert.deepEqual(await say(person(2), 'Orari?', MONDAY + 9 * HOUR + MINUTE), [text(person(2), 'Dalle 9 alle 18.')]);
  assert.deepEqual(await say(person(2), 'grazie', MONDAY + 9 * HOUR + 2 * MINUTE), []);
});

test('who stops is told so once, and nothing else', async () => {
  const sends = await say(person(3), 'STOP', MONDAY + 10 * HOUR);
  assert.equal(sends.length, 1);
  assert.notEqual(sends[0].text.body, 'Siamo chiusi, rispondiamo lunedì.');
});

test('a polite stop is one, and what begins like one is for a person to answer', async () => {
  const at = MONDAY + 11 * HOUR;
  const polite = await say(person(10), 'STOP per favore', at);
  assert.equal(polite.length, 1);
  assert.match(polite[0].text.body, /non riceverai più/);
  assert.deepEqual(await say(person(11), 'Stop! Chi vi ha dato il mio numero?', at), []);
  assert.deepEqual((await world.api('GET', `/api/v1/consents?phone=${encodeURIComponent(person(11))}`)).consents.filter((x) => x.act === 'withdraw'), []);
});

test('two machines fall silent', async () => {
  const at = MONDAY + 24 * HOUR;
  let answers = 0;
  for (let i = 0; i < 12; i++) answers += (await say(person(4), 'orari', at + i * 2 * MINUTE)).length;
  assert.equal(answers, 2); // and at the third time it is heard as a machine
  assert.deepEqual(await say(person(4), 'che cosa vendete?', at + 10 * HOUR), []);
});

test('what came late, what is no message and what a number of our own says stays without', async () => {
  const at = MONDAY + 26 * HOUR;
  await world.sim.clock({ now: at });
  const late = await say(person(5), 'ciao', at, { at: at - 20 * MINUTE });
  assert.deepEqual(late, []);
  assert.deepEqual(await say(person(6), '', at, { message: { type: 'reaction', reaction: { message_id: 'wamid.X', emoji: '👍' } } }), []);
  assert.deepEqual(await say('+393331234400', 'orari', at), []);
  assert.deepEqual(await say(person(7), 'orari', at, { number: company.numbers[1] }), []);
});

test('one message is answered once, however often it comes', async () => {
  const at = MONDAY + 27 * HOUR;
  const message = { id: 'wamid.AGAIN', at };
  assert.equal((await say(person(8), 'orari', at, message)).length, 1);
  assert.equal((await say(person(8), 'orari', at + 2 * MINUTE, message)).length, 0);
});

test('a removed one is silent', async () => {
  await world.api('DELETE', '/api/v1/autoreplies/hours');
  assert.deepEqual((await say(person(9), 'orari', MONDAY + 28 * HOUR)).map((x) => x.text.body), ['Benvenuti da Bottega Esempio.']);
});
