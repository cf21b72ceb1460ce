// dev: long
// dev: binary=release
// An opt-out races with marketing, VARCO_OPT_OUT_ROUNDS times (10,000), each time with a person of their own: two offers and a STOP
// set out together, and a third offer follows the STOP's answer. What the simulator receives behind that answer must not be an
// offer to that person, whatever the offers themselves were answered.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  crowd, grant, inbound, inParallel, keepAlive, scratch, startWorld, template,
} from './lib/varco.mjs';

const ROUNDS = Number(process.env.VARCO_OPT_OUT_ROUNDS ?? 10000);
const AT_ONCE = 48; // so many that sends wait for new connections, where it is closest

// The built-in pack without what would stop these offers for other reasons: the people are American, it may be night there, and so
// many opt-outs trip the circuit breaker.
function patientPack() {
  let pack = readFileSync(new URL('../../packs/default.json', import.meta.url), 'utf8');
  for (const rule of ['recipient.us_marketing', 'limit.quiet_hours', 'limit.frequency', 'limit.spike', 'limit.throughput',
    'account.paused']) {
    const changed = pack.replace(new RegExp(`"${rule}": "\\w+"`), `"${rule}": "off"`);
    assert.notEqual(changed, pack, rule);
    pack = changed;
  }
  const file = join(scratch('pack'), 'pack.json');
  writeFileSync(file, pack);
  return file;
}

// A cheap generator: which of the three goes first, and by how many turns of the event loop.
function* lots(seed) {
  for (let x = seed; ;) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x >>> 8;
  }
}

test(`no offer starts behind the answer to a STOP, in ${ROUNDS} races`, async () => {
  const world = await startWorld({
    gateway: { policy: { pack: patientPack() }, log: { level: 'warn' } }, simWebhooks: false, company: { people: 0 },
  });
  const agent = keepAlive(128);
  const people = Array.from({ length: ROUNDS }, (_, i) => crowd(i));
  for (let i = 0; i < people.length; i += 2000) await grant(world.api, people.slice(i, i + 2000), 'marketing');

  const dice = lots(20261122);
  const marks = new Map();
  const outcome = { before: 0, behind: 0, between: 0 };
  const offer = (phone, word) => world.send(template(phone, 'spring_offer', word), { agent });
  async function later(deed) {
    for (let n = dice.next().value % 6; n > 0; n--) await turn();
    return deed();
  }
  async function stop(phone) {
    const r = await world.webhook(inbound({ from: phone, body: 'STOP' }), { agent });
    assert.equal(r.status, 200, r.text);
    marks.set(phone, await world.sim.mark());
    return offer(phone, 'dopo');
  }
  async function race(phone) {
    const [one, two, after] = await Promise.all([
      later(() => offer(phone, 'prima')), later(() => offer(phone, 'seconda')), later(() => stop(phone))]);
    for (const r of [one, two]) {
      // Sent; refused; or judged before, and stopped before its first byte went out.
      assert.ok([200, 400].includes(r.status), r.text);
      if (r.status === 200) outcome.before++;
      else outcome[r.json().error.varco?.rules ? 'behind' : 'between']++;
    }
    assert.equal(after.status, 400, `an offer passed behind the STOP: ${after.text}`);
    assert.ok(after.json().error.varco.rules.some((x) => x.id === 'consent.withdrawn'), after.text);
  }

  const start = await world.sim.mark();
  await inParallel(people, race, AT_ONCE);

  const late = (await world.sim.sends(start))
    .filter((x) => x.body.type === 'template' && x.n > marks.get(x.to));
  console.log(`rounds ${ROUNDS}, offers that came first ${outcome.before}, refused ${outcome.behind}, stopped ${outcome.between}, late ${late.length}`);
  assert.deepEqual(late.slice(0, 3), []);
  // Both ends of the race were seen: it is one.
  assert.ok(outcome.before > ROUNDS / 20 && outcome.behind > ROUNDS / 20, JSON.stringify(outcome));
  agent.destroy();
  await world.stop();
});
