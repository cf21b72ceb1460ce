// Webhooks in and out: an opt-out is in force once it is answered, and apps hear what is theirs: restored, signed, in order, again
// when they were away.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  comingDay, company, inbound, inParallel, person, scratch, sign, sleep, startReceiver, startWorld, status, template, text, until,
} from './lib/varco.mjs';

const SECRET = 'secret-of-the-crm';
const [number, second] = company.numbers;
const NOON = comingDay(2, 11); // in Rome, on a Tuesday: no quiet hours

let world;
let crm;
let shop; // another app, with the second number alone
let failing = 0;

// The built-in pack, but an app that was away is called again after a second.
function impatientPack() {
  const text_ = readFileSync(new URL('../../packs/default.json', import.meta.url), 'utf8');
  const file = join(scratch('pack'), 'pack.json');
  const changed = text_.replace('"first_s": 5', '"first_s": 1');
  assert.notEqual(changed, text_);
  writeFileSync(file, changed);
  return file;
}

before(async () => {
  crm = await startReceiver(() => (failing-- > 0 ? 500 : 200));
  shop = await startReceiver();
  world = await startWorld({
    gateway: { policy: { pack: impatientPack() }, server: { clock: 'upstream' } },
    company: { people: 99, webhook: { url: crm.url, secret: SECRET } },
  });
  await world.sim.clock({ now: NOON, run: true });
  world.shop = await world.api('POST', '/api/v1/integrations', {
    name: 'shop', owner: 'Ugo Verdi', purpose: 'Negozio', numbers: [second], categories: ['utility', 'service'],
    webhook: shop.url, webhook_secret_file: 'secret-of-the-shop',
  });
});

after(async () => {
  await world.stop();
  await crm.close();
  await shop.close();
});

// What an app took, fact by fact, in the order in which it came.
function facts(receiver) {
  return receiver.posts.filter((post) => post.status === 200).flatMap((post) => post.json.entry)
    .flatMap((entry) => entry.changes.map(({ value }) => value))
    .flatMap((value) => [...(value.statuses ?? []), ...(value.messages ?? [])]);
}

const aboutMessage = (receiver, wamid) => facts(receiver).filter((x) => x.id === wamid);

const offer = (phone, word) => template(phone, 'spring_offer', word);

// --- the fence ---

function assertWithdrawn(r) {
  assert.equal(r.status, 400, r.text);
  assert.ok(r.json().error.varco.rules.some((x) => x.id === 'consent.withdrawn'), r.text);
}

test('once a STOP is answered no marketing send starts, however many race with it', async () => {
  const people = Array.from({ length: 60 }, (_, i) => person(i + 1));
  let passed = 0;
  await inParallel([...people.entries()], async ([n, phone]) => {
    // Who is first is up to the machine, but of each third one side has so much of a start that both are seen.
    const [offers, stops] = [[12, 0], [0, 12], [12, 12]][n % 3];
    const at = await world.sim.now();
    let first;
    const early = Array.from({ length: 3 }, async (_, i) => {
      await sleep(Math.random() * offers);
      const sent = world.send(offer(phone, `presto ${i}`), { key: `${phone}-${i}` });
      first ??= sent;
      passed += (await sent).status === 200; // one a day at most
    });
    await sleep(Math.random() * stops);
    if (n === 1) await first;
    const stop = await world.webhook(inbound({ from: phone, body: 'Stop!', at }));
    assert.equal(stop.status, 200, stop.text);
    const late = await Promise.all([0, 1].map((i) => world.send(offer(phone, `tardi ${i}`))));
    late.forEach(assertWithdrawn);
    await Promise.all(early);
  }, 8);
  assert.ok(passed > 0, 'none came before the STOP: that is no race');
});

test('a held marketing send is refused when the STOP comes first', async () => {
  const phone = person(70);
  const mark = await world.sim.mark();
  const end = await world.sim.now() + 60000;
  await world.api('POST', `/api/v1/numbers/${number}/pause`, {
    purpose: 'marketing', reason: 'a test', until: new Date(end).toISOString(),
  });
  const held = await world.send(offer(phone, 'aspetta'), { prefer: 'respond-async' });
  assert.equal(held.status, 202, held.text);
  await world.sim.inbound({ number, from: phone, text: 'basta' });
  await world.sim.clock({ now: end, run: true });
  const d = await world.settled(held.decision, ['refused']);
  assert.ok(d.rules.some((x) => (x.id ?? x) === 'consent.withdrawn'), JSON.stringify(d.rules));
  // Nothing but the confirmation that they asked for nothing more.
  assert.deepEqual((await world.sim.sends(mark)).filter((x) => x.body.type !== 'text'), []);
});

// The wish counts, whatever is wrong with its date.
const dates = [
  ['is no number', () => 'ieri'],
  ['is empty', () => ''],
  ['is missing', () => undefined],
  ['has another type', () => ({ at: 1 })],
  ['lies far ahead', (now) => String(Math.floor(now / 1000) + 90 * 86400)],
  ['is beyond all numbers', () => '9'.repeat(40)],
];

for (const [i, [name, date]] of dates.entries()) {
  test(`a STOP whose timestamp ${name} still opts out`, async () => {
    const phone = person(86 + i);
    const stop = inbound({ from: phone, body: 'STOP' });
    stop.entry[0].changes[0].value.messages[0].timestamp = date(await world.sim.now());
    assert.equal((await world.webhook(stop)).status, 200);
    assertWithdrawn(await world.send(offer(phone, 'no')));
  });
}

test('a message dated a little ahead opens the window, one dated far ahead does not', async () => {
  const tell = async (phone, aheadS) => {
    const at = await world.sim.now() + aheadS * 1000;
    assert.equal((await world.webhook(inbound({ from: phone, body: 'Ciao', at }))).status, 200);
    return world.send(text(phone, `Risposta a ${aheadS}`));
  };
  const far = await tell(person(93), 900);
  assert.equal(far.status, 400, far.text);
  assert.deepEqual(far.json().error.varco.rules.map((x) => x.id), ['window.closed']);
  const near = await tell(person(93), 60);
  assert.ok(!near.json().error?.varco, near.text); // the simulator, which heard nobody, may think otherwise
});

test('words about templates count in any letter case', async () => {
  const send = async (phone) => world.send(template(phone, 'order_shipped', `caso ${phone}`));
  const tell = async (event, extra = {}) => {
    const r = await world.webhook({
      object: 'whatsapp_business_account',
      entry: [{ id: company.waba, time: 1, changes: [{
        field: 'message_template_status_update',
        value: { event, message_template_name: 'order_shipped', message_template_language: 'it', reason: `NONE ${event}`, ...extra },
      }] }],
    });
    assert.equal(r.status, 200, r.text);
  };
  for (const [event, rule] of [['paused', 'template.paused'], ['Disabled', 'template.not_sendable'], ['rejected', 'template.not_sendable']]) {
    await tell(event);
    const r = await send(person(94));
    assert.ok(r.status >= 400, `${event}: ${r.text}`);
    assert.deepEqual(r.json().error.varco.rules.map((x) => x.id), [rule], event);
  }
  await tell('approved');
  assert.equal((await send(person(95))).status, 200);
});

test('a withdrawal by the operator is in force when it is answered', async () => {
  const phone = person(71);
  await world.api('POST', '/api/v1/consents/withdraw', { phone, purpose: 'marketing' });
  assertWithdrawn(await world.send(offer(phone, 'no')));
  const r = await world.send(template(phone, 'order_shipped', '71'));
  assert.equal(r.status, 200, r.text);
});

test('a stop chosen inside WhatsApp binds, and a resume gives it back', async () => {
  const phone = person(72);
  await world.sim.inbound({ number, from: phone, preference: 'stop' });
  const r = await world.send(offer(phone, 'no'));
  assert.equal(r.status, 400, r.text);
  assert.equal(r.json().error.code, 131050);
  await sleep(1100); // times of webhooks are whole seconds: the resume is a later one
  await world.sim.inbound({ number, from: phone, preference: 'resume' });
  assert.equal((await world.send(offer(phone, 'sì'))).status, 200);
});

// --- forwarding ---

test('statuses bear the value that the app gave, and never our token', async () => {
  const body = { ...template(person(73), 'order_shipped', '73'), biz_opaque_callback_data: 'ordine-73' };
  const mark = await world.sim.mark();
  const r = await world.send(body);
  const wamid = r.json().messages[0].id;
  const own = await until(async () => {
    const found = aboutMessage(crm, wamid);
    return found.length >= 2 && found;
  }, 'statuses');
  assert.deepEqual(own.slice(0, 2).map((x) => x.status), ['sent', 'delivered']);
  for (const x of own) assert.equal(x.biz_opaque_callback_data, 'ordine-73');
  const [sent] = await world.sim.sends(mark);
  assert.notEqual(sent.token, 'ordine-73');
  assert.equal(sent.decision, r.decision);
  for (const post of crm.posts) assert.ok(!post.raw.includes(sent.token), 'our token left the house');
});

test('without a value of its own the app hears none', async () => {
  const r = await world.send(template(person(74), 'order_shipped', '74'));
  const wamid = r.json().messages[0].id;
  const [first] = await until(() => {
    const found = aboutMessage(crm, wamid);
    return found.length && found;
  }, 'a status');
  assert.ok(!('biz_opaque_callback_data' in first));
});

test('every post is signed with the secret of its app, over its bytes', async () => {
  await world.sim.inbound({ number: second, from: person(75), text: 'A tutti e due' });
  await until(() => shop.posts.length, 'a post to the shop');
  for (const post of crm.posts) assert.equal(post.headers['x-hub-signature-256'], sign(SECRET, post.raw));
  for (const post of shop.posts) {
    assert.equal(post.headers['x-hub-signature-256'], sign('secret-of-the-shop', post.raw));
  }
});

test('an app hears its own: statuses of what it sent, inbound of its numbers', async () => {
  const theirs = await world.send(template(person(76), 'order_shipped', '76'),
    { number: second, appKey: world.shop.key });
  const ours = await world.send(template(person(77), 'order_shipped', '77'), { number: second });
  await world.sim.inbound({ number, from: person(78), text: 'Solo al primo numero' });
  await world.sim.inbound({ number: second, from: person(79), text: 'Al secondo numero' });
  await until(() => facts(crm).some((x) => x.text?.body === 'Al secondo numero') &&
    facts(shop).some((x) => x.text?.body === 'Al secondo numero'), 'the last inbound');
  const id = (r) => r.json().messages[0].id;
  await until(() => aboutMessage(shop, id(theirs)).length && aboutMessage(crm, id(ours)).length, 'statuses');
  assert.equal(aboutMessage(crm, id(theirs)).length, 0);
  assert.equal(aboutMessage(shop, id(ours)).length, 0);
  assert.ok(!facts(shop).some((x) => x.text?.body === 'Solo al primo numero'));
  const [envelope] = shop.posts.map((post) => post.json);
  assert.equal(envelope.object, 'whatsapp_business_account');
  assert.equal(envelope.entry[0].id, company.waba);
  assert.equal(envelope.entry[0].changes[0].field, 'messages');
  assert.equal(envelope.entry[0].changes[0].value.metadata.phone_number_id, second);
});

test('an app that is away loses nothing: the same in the same order, several facts in one post', async () => {
  const words = Array.from({ length: 25 }, (_, i) => `riga ${i}`);
  const heard = () => facts(crm).map((x) => x.text?.body).filter((x) => words.includes(x));
  failing = 2;
  const posts = crm.posts.length;
  for (const word of words) {
    const r = await world.webhook(inbound({ from: person(80), body: word, at: await world.sim.now() }));
    assert.equal(r.status, 200, 'an app that is away holds nobody up');
  }
  await until(() => heard().length >= words.length, 'what the app missed');
  assert.deepEqual(heard(), words);
  const later = crm.posts.slice(posts);
  assert.ok(later.filter((post) => post.status === 500).length === 2);
  assert.ok(later.some((post) => post.status === 200 && post.json.entry.length > 1), 'no batch');
});

test('a repeated webhook is forwarded once', async () => {
  const envelope = inbound({ from: person(81), body: 'una volta', at: await world.sim.now() });
  for (let i = 0; i < 5; i++) assert.equal((await world.webhook(envelope)).status, 200);
  await world.sim.inbound({ number, from: person(81), text: 'e poi' });
  await until(() => facts(crm).some((x) => x.text?.body === 'e poi'), 'the later message');
  assert.equal(facts(crm).filter((x) => x.text?.body === 'una volta').length, 1);
});

// --- statuses that are strange ---

test('failed never overwrites delivered, and read is not taken back', async () => {
  await world.sim.config({ statuses: 'none' });
  const r = await world.send(template(person(82), 'order_shipped', '82'));
  const wamid = r.json().messages[0].id;
  const tell = async (is) => world.webhook(status({ wamid, is, to: person(82), at: await world.sim.now() }));
  for (const is of ['read', 'sent', 'delivered', 'failed']) assert.equal((await tell(is)).status, 200);
  assert.equal((await world.decision(r.decision)).state, 'read');
  await world.sim.config({ statuses: 'auto' });
});

test('a status of a message that did not pass here raises the alarm', async () => {
  const mark = 'wamid.SOMEBODYELSE==';
  const at = await world.sim.now();
  assert.equal((await world.webhook(status({ wamid: mark, is: 'sent', to: person(83), at }))).status, 200);
  const { items } = await world.api('GET', '/api/v1/alarms?kind=bypass.detected');
  assert.deepEqual(items.map((x) => [x.scope, x.detail.number, x.detail.type]), [[company.number, company.number, 'status sent']]);
  assert.ok(!JSON.stringify(items).includes(mark), 'ids of messages have telephone numbers in them');
});

test('a forged token settles nothing', async () => {
  const mark = await world.sim.mark();
  await world.sim.config({ statuses: 'none' });
  const r = await world.send(template(person(84), 'order_shipped', '84'));
  const [sent] = await world.sim.sends(mark);
  const forged = sent.token.replace(/.$/, (x) => (x === '0' ? '1' : '0'));
  const at = await world.sim.now();
  const post = status({ wamid: 'wamid.FORGED==', is: 'read', to: person(84), at, callback: forged });
  assert.equal((await world.webhook(post)).status, 200);
  assert.equal((await world.decision(r.decision)).state, 'accepted');
  await world.sim.config({ statuses: 'auto' });
});

test('an open window closes nobody out, and text goes through it', async () => {
  await world.sim.inbound({ number, from: person(85), text: 'Ciao' });
  assert.equal((await world.send(text(person(85), 'Ciao a te'))).status, 200);
});

// Whoever hides the number is named by the BSUID alone. The status of what we sent to the number told whose it is.
test('an opt-out by a BSUID that only a status told of', async () => {
  const phone = person(97);
  const sent = await world.send(template(phone, 'order_shipped', 'x'));
  assert.equal(sent.status, 200, sent.text);
  const user = sent.json().contacts[0].user_id;
  await world.settled(sent.decision, ['delivered', 'read']);
  const stop = inbound({ from: phone, body: 'STOP', at: await world.sim.now() });
  const { value } = stop.entry[0].changes[0];
  delete value.contacts[0].wa_id;
  value.contacts[0].user_id = user;
  delete value.messages[0].from;
  value.messages[0].from_user_id = user;
  assert.equal((await world.webhook(stop)).status, 200);
  const refused = await world.send(offer(phone, 'x'));
  assert.equal(refused.status, 400, refused.text);
  assert.ok(refused.json().error.varco.rules.some((x) => x.id === 'consent.withdrawn'), refused.text);
});
