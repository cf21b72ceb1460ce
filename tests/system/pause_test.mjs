// dev: binary=release
// Behind the answer to a pause nothing of it is dispatched, whoever made it: counted at the simulator from a mark on, while senders go
// on all the time.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  company, crowd, grant, inbound, inParallel, keepAlive, scratch, sleep, startWorld, template, until,
} from './lib/varco.mjs';

const AT_ONCE = 48; // so many that sends wait for new connections, where it is closest
const EACH = 300;
const [number, second] = company.numbers;

// The built-in pack without what would stop these offers for other reasons.
function patientPack() {
  let pack = readFileSync(new URL('../../packs/default.json', import.meta.url), 'utf8');
  for (const rule of ['recipient.us_marketing', 'limit.quiet_hours', 'limit.frequency', 'limit.spike', 'limit.throughput']) {
    const changed = pack.replace(new RegExp(`"${rule}": "\\w+"`), `"${rule}": "off"`);
    assert.notEqual(changed, pack, rule);
    pack = changed;
  }
  const file = join(scratch('pack'), 'pack.json');
  writeFileSync(file, pack);
  return file;
}

let world;
let agent;
let next = 0;
const somebody = () => crowd(next++);

before(async () => {
  world = await startWorld({ gateway: { policy: { pack: patientPack() }, log: { level: 'warn' } }, company: { people: 0 } });
  agent = keepAlive(128);
  await world.sim.config({ portfolio: company.portfolio, waba: company.waba, number, display: company.displays[0], throughput: 100000 });
  const people = Array.from({ length: 20000 }, (_, i) => crowd(i));
  for (let i = 0; i < people.length; i += 2000) await grant(world.api, people.slice(i, i + 2000), 'all');
});

after(async () => {
  agent.destroy();
  await world.stop();
});

const offer = (campaign) => world.send(template(somebody(), 'spring_offer', 'Ada'), {
  number, agent, ...(campaign && { headers: { 'Varco-Campaign': campaign } }),
});
const news = () => world.send(template(somebody(), 'order_shipped', 'A1'), { number, agent });

// Offers and news without end, until the pause has been acknowledged and as many again were tried. What came behind the mark.
async function during(pause, campaign) {
  const answers = { before: 0, behind: 0 };
  let mark;
  let left = EACH;
  let tried = 0;
  const acknowledged = (async () => {
    await until(() => answers.before >= EACH / 3, 'the first offers');
    await pause();
    mark = await world.sim.mark();
  })();
  await inParallel(Array.from({ length: AT_ONCE }), async () => {
    while (mark === undefined || left-- > 0) {
      const known = mark !== undefined;
      if (++tried > 4 * EACH && !known) await sleep(500); // there are only so many people
      const r = await (left % 6 === 5 ? news() : offer(campaign));
      assert.ok([200, 429, 503].includes(r.status), r.text);
      if (r.status === 200) answers[known ? 'behind' : 'before']++;
    }
  }, AT_ONCE);
  await acknowledged;
  const sends = await world.sim.sends(mark);
  const of = (name) => sends.filter((x) => x.body.template?.name === name && x.path.includes(number)).length;
  return { offers: of('spring_offer'), news: of('order_shipped') };
}

const by = { reason: 'A test.', by: 'Marta Neri', purpose: 'marketing' };
for (const [name, scope, id, campaign] of [
  ['number', 'number', () => number],
  ['template', 'template', () => `${company.waba}/spring_offer/it`],
  ['app', 'app', () => world.app.id],
  ['account', 'waba', () => company.waba],
  ['campaign', 'campaign', () => 'spring', 'spring'],
]) {
  test(`by hand, of a ${name}`, async () => {
    const place = { scope, id: id() };
    const { offers, news: others } = await during(() => world.api('POST', '/api/v1/pauses', { ...place, ...by }), campaign);
    assert.equal(offers, 0, `${offers} left behind the answer`);
    assert.ok(others > 0, 'other messages went on');
    let waiting;
    const held = await offer(campaign);
    assert.equal(held.status, 429, held.text);
    assert.equal(held.json().error.varco.rules[0].id, 'account.paused');
    if (campaign) {
      assert.equal((await offer('summer')).status, 200);
      const waits = await world.send(template(somebody(), 'spring_offer', 'Ada'), {
        number, prefer: 'respond-async', headers: { 'Varco-Campaign': campaign },
      });
      assert.equal(waits.status, 202, waits.text);
      waiting = waits.decision;
    }
    assert.deepEqual((await world.api('POST', '/api/v1/pauses/resume', place)).items, []);
    assert.equal((await offer(campaign)).status, 200);
    if (waiting) assert.equal((await world.settled(waiting, ['accepted', 'sent', 'delivered', 'read'])).campaign, campaign);
  });
}

test('a campaign is a name of few signs, and is told with the decision', async () => {
  for (const bad of ['', 'a b', 'x'.repeat(65), 'primavera/2', 'è', '39-333-1234510']) {
    const r = await world.send(template(somebody(), 'spring_offer', 'Ada'), { number, headers: { 'Varco-Campaign': encodeURI(bad) } });
    if (encodeURI(bad) !== '') assert.equal(r.status, 400, bad);
  }
  const r = await offer('spring-2.b_1');
  assert.equal(r.status, 200, r.text);
  assert.equal((await world.decision(r.decision)).campaign, 'spring-2.b_1');
  await assert.rejects(world.api('POST', '/api/v1/pauses/resume', { scope: 'campaign', id: 'spring' }), { status: 404 });
});

// The people of one campaign say STOP. A pause by hand of something else is the fence: what was recorded before its answer has begun.
test('by the circuit breaker, of a campaign and all that it belongs to', async () => {
  const people = Array.from({ length: 300 }, somebody);
  const decisions = [];
  await inParallel(people, async (to) => {
    const r = await world.send(template(to, 'spring_offer', 'Ada'), { number, agent, headers: { 'Varco-Campaign': 'autumn' } });
    assert.equal(r.status, 200, r.text);
    decisions.push(r);
  });
  await inParallel(decisions, (r) => world.settled(r.decision, ['delivered', 'read']));
  const sent = new Map((await world.sim.sends()).map((x) => [x.to, x.wamid]));
  const paused = async (scope) => (await world.api('GET', '/api/v1/pauses')).items.some((x) => x.scope === scope && x.by === 'breaker');
  const { offers, news: others } = await during(async () => {
    for (const from of people) {
      const stop = inbound({ from, body: 'STOP' });
      stop.entry[0].changes[0].value.messages[0].context = { id: sent.get(from) };
      assert.equal((await world.webhook(stop)).status, 200);
    }
    await until(() => paused('campaign'), 'the pause');
    await world.api('POST', '/api/v1/pauses', { scope: 'number', id: second, ...by });
  }, 'autumn');
  assert.equal(offers, 0, `${offers} left behind the pause`);
  assert.ok(others > 0, 'other messages went on');
  const items = await until(async () => {
    const list = (await world.api('GET', '/api/v1/signals?scope=campaign&id=autumn')).items;
    return list.find((x) => x.signal === 'opt_outs').part === people.length && list;
  }, 'all who stopped to be counted');
  const outs = items.find((x) => x.signal === 'opt_outs');
  assert.deepEqual([outs.level, outs.proxy], ['pause', false]);
  assert.ok(outs.share > outs.pause && outs.of >= people.length);
  for (const word of ['only_sent_48h', 'complaints']) {
    const x = items.find((s) => s.signal === word);
    assert.equal(x.proxy, true);
    assert.match(x.means, /^A proxy for/);
  }
});
