// dev: long
// What becomes of a send: outcomes that are known, unknown or never were; holds; idempotency keys; observe and enforce; and time.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  company, crowd, grant, keepAlive, launch, ownAddress, person, scratch, sleep, startWorld, template, text, until,
} from './lib/varco.mjs';

const UPSTREAM_TIMEOUT_MS = 4000; // what is slower is unknown, and on a busy machine everything is slower
const [number, second] = company.numbers;
const ARRIVED = ['sent', 'delivered', 'read'];

let world;
let serial = 0;

before(async () => {
  world = await startWorld({ gateway: { upstream: { timeout_ms: UPSTREAM_TIMEOUT_MS } }, company: { people: 99 } });
  await grant(world.api, Array.from({ length: 200 }, (_, i) => crowd(i)));
});

after(() => world.stop());

// Somebody who got nothing yet, and a word that nobody used.
const somebody = () => crowd(serial++);
const word = () => `N${serial}-${Date.now()}`;
const order = (phone = somebody()) => template(phone, 'order_shipped', word());

async function receiptsOf(decision, mark) {
  return (await world.sim.sends(mark)).filter((x) => x.decision === decision && x.wamid);
}

function assertUnknown(r) {
  const { error } = r.json();
  assert.equal(r.status, 504, r.text);
  assert.equal(r.headers['varco-outcome'], 'unknown');
  assert.equal(error.varco.state, 'unknown');
  assert.equal(error.varco.decision, r.decision);
  assert.equal(error.fbtrace_id, r.decision);
  assert.equal(error.is_transient, false);
}

function assertHeldBy(r, rule) {
  assert.equal(r.status, 429, r.text);
  assert.deepEqual(r.json().error.varco.rules.map((x) => x.id), [rule]);
  assert.equal(r.json().error.varco.verdict, 'hold');
}

// --- outcomes that nobody knows ---

const doneAndUnknown = [
  { kind: 'accept_then_reset' },
  { kind: 'truncate' },
  { kind: 'error_500_after_accept' },
  { kind: 'drip', ms: 60 },
  { kind: 'delay_ms', ms: UPSTREAM_TIMEOUT_MS * 2 },
];

for (const fault of doneAndUnknown) {
  test(`unknown, then settled by a webhook: ${fault.kind}`, async () => {
    const mark = await world.sim.mark();
    const body = order();
    const key = word();
    await world.sim.fault({ path: '/messages', ...fault });
    const r = await world.send(body, { key });
    assertUnknown(r);

    const settled = await world.settled(r.decision, ARRIVED);
    await until(async () => (await receiptsOf(r.decision, mark)).length, 'the receipt');
    const again = await world.send(body, { key });
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json().messages[0].id, settled.wamid);
    assert.equal(again.decision, r.decision);
    const receipts = await receiptsOf(r.decision, mark);
    assert.equal(receipts.length, 1, 'sent more than once');
    assert.equal(receipts[0].wamid, settled.wamid);
  });
}

for (const kind of ['reset_before', 'error_500_before']) {
  test(`unknown, and stays so, because it never arrived: ${kind}`, async () => {
    const mark = await world.sim.mark();
    const body = order();
    const key = word();
    await world.sim.fault({ path: '/messages', kind });
    const r = await world.send(body, { key });
    assertUnknown(r);
    await world.sim.idle(true);
    assert.equal((await world.decision(r.decision)).state, 'unknown');
    assertUnknown(await world.send(body, { key }));
    assert.equal((await receiptsOf(r.decision, mark)).length, 0, 'it was sent again');
  });
}

test('wrong_id: the webhook names the message, and the send is the same', async () => {
  await world.sim.fault({ path: '/messages', kind: 'wrong_id' });
  const r = await world.send(order());
  assert.equal(r.status, 200, r.text);
  await world.settled(r.decision, ARRIVED);
});

test('status_before_answer: a status may come first', async () => {
  await world.sim.fault({ path: '/messages', kind: 'status_before_answer' });
  const r = await world.send(order());
  assert.equal(r.status, 200, r.text);
  const d = await world.settled(r.decision, ['delivered', 'read']);
  assert.equal(d.wamid, r.json().messages[0].id);
});

for (const kind of ['duplicate_webhook', 'reordered_webhook']) {
  test(`${kind}: the state only goes forward`, async () => {
    await world.sim.config({ statuses: 'delivered' });
    await world.sim.fault({ path: '/messages', kind });
    const r = await world.send(order());
    assert.equal(r.status, 200, r.text);
    await world.sim.idle(true);
    assert.equal((await world.decision(r.decision)).state, 'delivered');
    await world.sim.config({ statuses: 'auto' });
  });
}

// The upstream closes connections that we keep: what meets that is unknown or begins anew before a byte is out, never twice.
test('close_idle: connections that die between two sends double nothing', async () => {
  const mark = await world.sim.mark();
  await world.sim.fault({ path: '/messages', kind: 'close_idle', times: 60 });
  const answers = [];
  for (let i = 0; i < 60; i++) {
    answers.push(await world.send(order()));
    if (i % 3 === 0) await sleep(5);
  }
  await world.sim.clearFaults();
  for (const r of answers) {
    if (r.status !== 200) assertUnknown(r);
    const receipts = await receiptsOf(r.decision, mark);
    assert.ok(receipts.length <= 1, 'sent more than once');
    if (r.status === 200) assert.equal(receipts.length, 1);
  }
});

// --- outcomes and places ---

// A portfolio of its own for one test: the id of its number.
async function ownPortfolio(limit) {
  const id = `1002009${String(++serial).padStart(2, '0')}`;
  const waba = `9${id}`;
  await world.api('POST', '/api/v1/accounts', {
    waba, portfolio: `8${id}`, name: 'Bottega Due', country: 'IT', limit, token_file: 'token',
    app_secret_file: company.secret, verify_token_file: 'verify',
  });
  await world.api('POST', '/api/v1/numbers', {
    waba, id, display: `+39 02 ${id}`, established: true, throughput: 100,
  });
  await world.api('POST', '/api/v1/templates', {
    waba, file: { name: 'order_shipped', language: 'it', category: 'UTILITY', components: [
      { type: 'BODY', text: 'Il tuo ordine {{1}} è partito.' }] },
  });
  const { numbers } = await world.api('GET', `/api/v1/integrations/${world.app.id}`);
  await world.api('PATCH', `/api/v1/integrations/${world.app.id}`, { numbers: [...numbers, id] });
  await world.sim.config({ portfolio: `8${id}`, waba, number: id, display: `+39 02 ${id}` });
  return id;
}

test('an unknown outcome keeps its place in the limit', async () => {
  const own = await ownPortfolio(1);
  await world.sim.fault({ path: '/messages', kind: 'reset_before' });
  assertUnknown(await world.send(order(), { number: own }));
  assertHeldBy(await world.send(order(), { number: own }), 'limit.portfolio');
});

test('a definite rejection is passed on byte for byte and gives its place back', async () => {
  const own = await ownPortfolio(1);
  const mark = await world.sim.mark();
  await world.sim.fault({ path: '/messages', kind: 'error', code: 131026 });
  const r = await world.send(order(), { number: own });
  assert.equal(r.status, 400);
  assert.equal(r.json().error.code, 131026);
  assert.equal(r.json().error.varco, undefined);
  assert.equal((await world.decision(r.decision)).state, 'failed');
  assert.equal((await world.send(order(), { number: own })).status, 200);
  assertHeldBy(await world.send(order(), { number: own }), 'limit.portfolio');
  assert.equal((await world.sim.sends(mark)).length, 2);
});

test('a pair that Meta calls too fast waits, whatever we counted', async () => {
  const phone = somebody();
  await world.sim.fault({ path: '/messages', kind: 'error', code: 131056 });
  const r = await world.send(order(phone));
  assert.equal(r.json().error.code, 131056, r.text);
  assert.equal((await world.decision(r.decision)).state, 'failed');
  const mark = await world.sim.mark();
  const held = await world.send(order(phone));
  assertHeldBy(held, 'limit.pair');
  const [rule] = held.json().error.varco.rules;
  assert.match(rule.because, /^Meta answered that messages to this person go out too fast/);
  assert.ok(!('burst' in rule.evidence));
  assert.equal((await world.sim.sends(mark)).length, 0);
  // Another person, and the same one from another number, are other pairs.
  assert.equal((await world.send(order())).status, 200);
  assert.equal((await world.send(order(phone), { number: second })).status, 200);
});

// --- who was judged is who receives ---

const spellings = [
  { name: 'E.164', to: person(21), leaves: person(21) },
  { name: 'without the plus', to: person(22).slice(1), leaves: person(22).slice(1) },
  { name: 'a national number', to: person(23).slice(3), leaves: person(23) },
  { name: 'an international prefix', to: `00${person(24).slice(1)}`, leaves: person(24) },
  { name: 'blanks and hyphens', to: '+39 333-123 45-25', leaves: person(25) },
  { name: 'brackets and dots', to: '+39 (333) 123.45.26', leaves: person(26) },
];

for (const { name, to, leaves } of spellings) {
  test(`a recipient written as ${name} is judged and reached as the same`, async () => {
    const mark = await world.sim.mark();
    const r = await world.send(order(to));
    assert.equal(r.status, 200, r.text);
    const [sent] = await world.sim.sends(mark);
    assert.equal(sent.to, leaves);
    const { person: judged } = await world.decision(r.decision);
    const { person: meant } = await world.api('GET', `/api/v1/consents?phone=${encodeURIComponent(leaves.replace(/^\+?/, '+'))}`);
    assert.equal(judged, meant);
  });
}

test('who withdrew is not reached by writing the number in another way', async () => {
  await world.api('POST', '/api/v1/consents/withdraw', { phone: person(27), purpose: 'all' });
  for (const to of [person(27), person(27).slice(1), person(27).slice(3), `00${person(27).slice(1)}`]) {
    const r = await world.send(order(to));
    assert.equal(r.status, 400, to);
    assert.ok(r.json().error.varco.rules.some((x) => x.id === 'consent.withdrawn'), r.text);
  }
});

test('an upstream that is down: 503, nothing left, the place and the key are free again', async () => {
  // An address that is its own: nobody takes the port while nothing listens there.
  const lonely = await startWorld({ sim: ['--listen', `${ownAddress(word())}:0`], company: { people: 9, waba: { limit: 1 } } });
  const address = new URL(lonely.sim.url).host;
  const key = word();
  const body = template(person(1), 'order_shipped', key);

  await lonely.sim.process.kill();
  const r = await lonely.send(body, { key });
  assert.equal(r.status, 503, r.text);
  assert.ok(Number(r.headers['retry-after']) > 0);
  assert.equal(r.json().error.is_transient, true);
  assert.equal((await lonely.decision(r.decision)).state, 'failed');

  const sim = launch(['sim', '--listen', address]);
  await sim.ready;
  const again = await lonely.send(body, { key });
  assert.equal(again.status, 200, again.text);
  assert.notEqual(again.decision, r.decision);
  assertHeldBy(await lonely.send(template(person(2), 'order_shipped', '2')), 'limit.portfolio');
  await lonely.gateway.stop();
  await sim.stop();
});

// --- observe and enforce ---

test('observe lets pass what enforce refuses, and says so; what binds always binds', async () => {
  const seen = await startWorld({ gateway: { policy: { mode: 'observe' } }, company: { people: 5 } });
  const { sim } = seen;
  const body = text(person(1), 'Ciao');

  const passed = await seen.send(body);
  assert.equal(passed.json().error?.code, 131047, 'the simulator refuses it itself');
  assert.match(passed.headers['varco-warnings'], /window\.closed/);
  const d = await seen.decision(passed.decision);
  assert.deepEqual([d.verdict, d.mode, d.state], ['refuse', 'observe', 'failed']);
  // A pause is none of what binds, and whoever makes one is told.
  const { paused: [pause] } = await seen.api('POST', `/api/v1/numbers/${number}/pause`, { purpose: 'all', reason: 'Prova' });
  assert.equal(pause.binding, false);
  assert.match(pause.note, /^The gateway observes: what this pause would hold goes out all the same/);
  assert.deepEqual((await seen.api('GET', '/api/v1/pauses')).items, [pause]);
  await seen.api('POST', `/api/v1/numbers/${number}/resume`, { purpose: 'all' });
  assert.deepEqual(d.rules.map((x) => x.id ?? x), ['window.closed']);

  await seen.api('POST', '/api/v1/consents/withdraw', { phone: person(2), purpose: 'all' });
  const bound = await seen.send(template(person(2), 'order_shipped', '1'));
  assert.equal(bound.status, 400, bound.text);
  assert.equal(bound.json().error.code, 131050);

  await seen.gateway.stop();
  await seen.startGateway({ policy: { mode: 'enforce' } });
  const mark = await sim.mark();
  const refused = await seen.send(body);
  assert.equal(refused.status, 400);
  const { error } = refused.json();
  assert.equal(error.type, 'VarcoPolicyException');
  assert.equal(error.code, 131047);
  assert.equal(error.varco.mode, 'enforce');
  assert.equal(error.varco.decision, refused.decision);
  assert.equal((await sim.sends(mark)).length, 0);
  await seen.stop();
});

// --- holds ---

// On a busy machine it may be over before anybody hears of it: then once more.
function pause(ms, purpose = 'utility') {
  return until(async () => {
    const end = Date.now() + ms;
    const { paused } = await world.api('POST', `/api/v1/numbers/${second}/pause`, {
      purpose, reason: 'a test', until: new Date(end).toISOString(),
    }).catch((e) => (e.status === 400 ? { paused: [] } : Promise.reject(e)));
    return paused.length && end;
  }, 'a pause');
}

const resume = () => world.api('POST', `/api/v1/numbers/${second}/resume`, {});

test('a hold that ends soon is waited out', async () => {
  const end = await pause(700);
  const r = await world.send(order(), { number: second });
  assert.equal(r.status, 200, r.text);
  assert.ok(Date.now() >= end);
});

test('a hold that ends late is 429 with Retry-After, and nothing leaves', async () => {
  const mark = await world.sim.mark();
  await pause(30000);
  const r = await world.send(order(), { number: second });
  assertHeldBy(r, 'account.paused');
  const after_ = Number(r.headers['retry-after']);
  assert.ok(after_ > 1 && after_ <= 30, `Retry-After: ${after_}`);
  assert.equal(r.json().error.is_transient, true);
  assert.equal((await world.sim.sends(mark)).length, 0);
  await resume();
  assert.equal((await world.send(order(), { number: second })).status, 200);
});

test('Prefer: respond-async: held, kept, and sent once when it may', async () => {
  const mark = await world.sim.mark();
  const end = await pause(8000);
  const key = word();
  const body = order();
  const r = await world.send(body, { number: second, key, prefer: 'respond-async' });
  assert.equal(r.status, 202, r.text);
  const { varco } = r.json();
  assert.deepEqual([varco.decision, varco.state], [r.decision, 'held']);
  assert.equal(Date.parse(varco.until), end);
  assert.equal((await world.decision(r.decision)).state, 'held');

  await world.gateway.stop();
  await world.startGateway();
  const twin = await world.send(body, { number: second, key, prefer: 'respond-async' });
  assert.equal(twin.decision, r.decision);
  const d = await world.settled(r.decision, ARRIVED);
  const receipts = await receiptsOf(r.decision, mark);
  assert.equal(receipts.length, 1);
  // it left, and why it left late is told still
  assert.deepEqual([d.verdict, d.rules], ['allow', []]);
  assert.deepEqual(d.former.map((x) => [x.verdict, x.rules, x.details[0].id]), [['hold', ['account.paused'], 'account.paused']]);
  const late = await world.api('GET', `/api/v1/decisions?rule=account.paused&number=${second}`);
  assert.ok(late.items.some((x) => x.decision === r.decision));
  const again = await world.send(body, { number: second, key });
  assert.equal(again.status, 200, again.text);
  assert.equal(again.json().messages[0].id, d.wamid);
  assert.equal((await receiptsOf(r.decision, mark)).length, 1);
});

test('a number of five a second: a burst is spread over seconds, not refused', async () => {
  const own = await ownPortfolio('unlimited');
  await world.api('PATCH', `/api/v1/numbers/${own}`, { throughput: 5 });
  const answers = await Promise.all(Array.from({ length: 9 }, () => world.send(order(), { number: own })));
  const bySecond = new Map();
  for (const r of answers) {
    // A hold of exactly a second is one millisecond too long by the time that it is looked at.
    if (r.status !== 200) {
      assertHeldBy(r, 'limit.throughput');
      continue;
    }
    const { at } = await world.decision(r.decision);
    const second_ = Math.floor(Date.parse(at) / 1000);
    bySecond.set(second_, (bySecond.get(second_) ?? 0) + 1);
  }
  assert.ok([...bySecond.values()].every((n) => n <= 5), JSON.stringify([...bySecond]));
  assert.ok(bySecond.size >= 2 || answers.some((r) => r.status !== 200), 'nothing waited for the next second');
});

// --- idempotency keys ---

test('the same key and body: the same answer, byte for byte, and one message', async () => {
  const mark = await world.sim.mark();
  const body = order();
  const key = word();
  const first = await world.send(body, { key });
  const again = await world.send(body, { key });
  assert.equal(first.status, 200);
  assert.equal(again.text, first.text);
  assert.equal(again.decision, first.decision);
  assert.equal((await world.sim.sends(mark)).length, 1);
});

test('the same key with another body is 409, and nothing leaves', async () => {
  const key = word();
  const first = await world.send(order(), { key });
  const mark = await world.sim.mark();
  const other = await world.send(order(), { key });
  assert.equal(first.status, 200);
  assert.equal(other.status, 409, other.text);
  assert.equal((await world.sim.sends(mark)).length, 0);
});

test('the same key from another number, or by the other edge, is 409, and nothing leaves', async () => {
  const key = word();
  const body = order();
  assert.equal((await world.send(body, { key })).status, 200);
  const mark = await world.sim.mark();
  const elsewhere = await world.send(body, { key, number: second });
  assert.equal(elsewhere.status, 409, elsewhere.text);
  const edge = await world.send(body, { key, path: 'marketing_messages' });
  assert.equal(edge.status, 409, edge.text);
  assert.equal((await world.sim.sends(mark)).length, 0);
});

test('who has no key stays a stranger, whatever level a pack gives the rule', async () => {
  const built = readFileSync(join(import.meta.dirname, '../../packs/default.json'), 'utf8');
  const pack = join(scratch('flow-pack'), 'pack.json');
  writeFileSync(pack, built.replace('"app.unknown": "refuse"', '"app.unknown": "off"'));
  const lax = await startWorld({ gateway: { policy: { pack } }, company: { people: 3 } });
  const mark = await lax.sim.mark();
  const r = await lax.send(order(), { appKey: 'vk_nobody' });
  assert.equal(r.status, 401, r.text);
  assert.equal(r.json().error.code, 190);
  assert.equal((await lax.sim.sends(mark)).length, 0);
  await lax.stop();
});

test('a body that only says the same in other words is the same body', async () => {
  const key = word();
  const body = order();
  const first = await world.send(body, { key });
  const turned = Object.fromEntries(Object.entries(body).reverse());
  const again = await world.send(JSON.stringify({ ...turned, biz_opaque_callback_data: 'other' }, null, 1), { key });
  assert.equal(again.status, 200, again.text);
  assert.equal(again.text, first.text);
});

test('twins at once: one message, one answer for all', async () => {
  const mark = await world.sim.mark();
  const agent = keepAlive(16);
  const body = order();
  const key = word();
  await world.sim.fault({ path: '/messages', kind: 'delay_ms', ms: 300 });
  const answers = await Promise.all(Array.from({ length: 16 }, () => world.send(body, { key, agent })));
  for (const r of answers) {
    assert.equal(r.status, 200, r.text);
    assert.equal(r.text, answers[0].text);
  }
  assert.equal((await world.sim.sends(mark)).length, 1);
  agent.destroy();
});

test('after 429 the key is free again', async () => {
  const key = word();
  const body = order();
  await pause(30000);
  assert.equal((await world.send(body, { key, number: second })).status, 429);
  await resume();
  assert.equal((await world.send(body, { key, number: second })).status, 200);
});

test('a refusal is kept under its key', async () => {
  const key = word();
  const body = text(somebody(), 'Ciao');
  const first = await world.send(body, { key });
  const again = await world.send(body, { key });
  assert.equal(first.status, 400);
  assert.equal(again.text, first.text);
  assert.equal(again.decision, first.decision);
});

test('keys belong to their app', async () => {
  const other = await world.api('POST', '/api/v1/integrations', {
    name: 'magazzino', owner: 'Ugo Verdi', purpose: 'Spedizioni', numbers: [number], categories: ['utility'],
  });
  const key = word();
  const first = await world.send(order(), { key });
  const theirs = await world.send(order(), { key, appKey: other.key });
  assert.deepEqual([first.status, theirs.status], [200, 200]);
  assert.notEqual(theirs.decision, first.decision);
});

test('a key that is too long is refused', async () => {
  assert.equal((await world.send(order(), { key: 'k'.repeat(256) })).status, 400);
});

// --- leaving ---

test('a client that leaves changes nothing: the message goes its way', async () => {
  const mark = await world.sim.mark();
  const body = order();
  const key = word();
  await world.sim.fault({ path: '/messages', kind: 'delay_ms', ms: 500 });
  await assert.rejects(world.send(body, { key, agent: false, timeoutMs: 150 }));
  const again = await world.send(body, { key });
  assert.equal(again.status, 200, again.text);
  assert.ok(again.json().contacts, 'it is not the answer of Meta');
  assert.equal((await receiptsOf(again.decision, mark)).length, 1);
});

test('SIGTERM: what is under way is answered, then it ends in good order', async () => {
  const mark = await world.sim.mark();
  await world.sim.fault({ path: '/messages', kind: 'delay_ms', ms: 700, times: 4 });
  const agent = keepAlive(4);
  const sends = Array.from({ length: 4 }, () => world.send(order(), { agent }));
  await until(async () => (await world.sim.sends(mark)).length === 4, 'the sends at the simulator');
  const stopped = world.gateway.stop();
  for (const r of await Promise.all(sends)) assert.equal(r.status, 200, r.text);
  await stopped;
  agent.destroy();
  await world.startGateway();
  const { queues } = await world.api('GET', '/api/v1/status');
  assert.equal(queues.sending, 0);
});

// --- the clock of the simulator ---

test('clock = upstream: a day passes at the simulator, and the window closes before it does', async () => {
  const virtual = await startWorld({
    sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 3 },
  });
  const { sim } = virtual;
  const day = 24 * 3600 * 1000;
  const margin = 120 * 1000;
  const opened = Math.floor(await sim.now() / 1000) * 1000;
  const at = (ms) => sim.clock({ now: opened + ms });
  const say = (words) => virtual.send(text(person(1), words));

  assert.equal((await say('Uno')).json().error.code, 131047);
  await sim.inbound({ number, from: person(1), text: 'Ciao' });
  assert.equal((await say('Due')).status, 200);
  await at(day - margin - 2000);
  assert.equal((await say('Tre')).status, 200);
  await at(day - margin + 2000);
  const late = await say('Quattro');
  assert.equal(late.status, 400, late.text);
  assert.equal(late.json().error.code, 131047);
  const [rule] = late.json().error.varco.rules;
  assert.equal(rule.id, 'window.closed');
  assert.ok(Math.abs(Date.parse(rule.evidence.last_inbound_at) - opened) <= 1000);
  await sim.inbound({ number, from: person(1), text: 'Ancora io' });
  assert.equal((await say('Cinque')).status, 200);
  await virtual.stop();
});

test('a send that repeats another waits for somebody to say that it is meant, not for the window to end', async () => {
  const virtual = await startWorld({
    sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 3 },
  });
  const { sim } = virtual;
  const pass = (ms) => sim.clock({ advance_ms: ms });
  await sim.inbound({ number, from: person(1), text: 'Ciao' });
  const body = text(person(1), 'Il negozio riapre lunedì');
  const mark = await sim.mark();
  assert.equal((await virtual.send(body)).status, 200);
  const repeated = await virtual.send(body, { prefer: 'respond-async' });
  assert.equal(repeated.status, 202, repeated.text);
  const keyed = await virtual.send(body, { key: 'meant', prefer: 'respond-async' });
  assert.equal(keyed.status, 200, keyed.text);

  // It was looked at again, more than once, and others leave meanwhile.
  const first = await virtual.decision(repeated.decision);
  for (const _ of [1, 2]) {
    const before = (await virtual.decision(repeated.decision)).updated_at;
    await pass(10 * 60 * 1000);
    await until(async () => (await virtual.decision(repeated.decision)).updated_at > before, 'another look');
  }
  const held = await virtual.decision(repeated.decision);
  assert.deepEqual([held.state, held.rules], ['held', ['limit.duplicate']]);
  assert.equal(held.details[0].evidence.sent_at, first.details[0].evidence.sent_at);
  await pass(48 * 3600 * 1000);
  await virtual.settled(repeated.decision, ['expired', 'refused']);
  assert.equal((await sim.sends(mark)).filter((x) => x.wamid).length, 2);
  await virtual.stop();
});
