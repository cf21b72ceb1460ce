// A draft gets another audience and the gateway is killed with SIGKILL meanwhile: when it has begun, when some of the new rows are
// taken in, when they are put in place of the former ones. Whatever it comes to be, the next gateway makes it one or the other:
// the draft that it was, or the draft that it was edited to be, with counts, figures and digest that agree. Nothing waits for a
// time: each kill is at what was seen, and an edit that was through before that is made again with more rows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, CROWD, crowd, startWorld, until } from './lib/varco.mjs';

const FORMER = 3000, ATTEMPTS = 20;
const table = (list, from, to) => `phone,order,source\n${Array.from({ length: to - from }, (_, i) => `${crowd(from + i)},A${i},${list}`).join('\n')}\n`;
let world;

before(async () => {
  world = await startWorld({ sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 0 } });
  await world.sim.clock({ now: '2026-11-23T10:00:00Z' });
});
after(() => world.stop());

const show = (id) => world.api('GET', `/api/v1/campaigns/${id}`);
const list = async (name) => (await world.api('GET', '/api/v1/sources?limit=100')).items.find((x) => x.source === name)?.people ?? 0;
const sum = (people) => Object.values(people).reduce((a, b) => a + b, 0);

async function make(name) {
  const { id } = await world.api('POST', '/api/v1/campaigns', {
    name: 'Before', number: company.number, template: ['order_shipped'], language: 'it', map: ['1=order'], by: 'Marta Neri',
    audience: table(`${name} before`, 0, FORMER),
  });
  await world.api('POST', `/api/v1/campaigns/${id}/preflight`);
  return show(id);
}

// What the edit had come to when the gateway was killed: null when it was through, or lost on its way, before that was seen.
async function killAt(moment, was, name, rows) {
  let answered = false;
  const edit = world.api('PATCH', `/api/v1/campaigns/${was.id}`, { name: 'After', audience: table(`${name} after`, 0, rows) })
    .catch(() => undefined).finally(() => { answered = true; });
  const seen = await until(async () => {
    const is = await show(was.id);
    return answered || (is.state === 'loading' && await moment(is, name) && is);
  }, name);
  await world.gateway.kill();
  await edit;
  await world.startGateway();
  return seen === true ? null : seen;
}

async function allAgree(id, was, name) {
  const is = await until(async () => {
    const x = await show(id);
    return x.state !== 'loading' && x;
  }, 'the end of what broke off');
  const edited = is.name === 'After', rows = sum(is.people);
  const { totals, sources } = await world.api('GET', `/api/v1/campaigns/${id}/report`);
  assert.equal(is.state, 'draft');
  assert.deepEqual([is.audience, totals.people, totals.waiting, is.people.waiting], [rows, rows, rows, rows]);
  assert.deepEqual(sources.map((x) => [x.source, x.people]), [[`${name} ${edited ? 'after' : 'before'}`, rows]]);
  assert.deepEqual([await list(`${name} before`), await list(`${name} after`)], edited ? [0, rows] : [rows, 0]);
  assert.deepEqual([is.revision === was.revision, is.sha256 === was.sha256, is.snapshot === was.snapshot], Array(3).fill(!edited));
  const audit = await world.api('GET', `/api/v1/audit?object=${id}&operation=setCampaign`);
  assert.equal(audit.items.length, edited ? 1 : 0, 'on record is what came about');
  // it can be looked at, which counts the people once more, and edited
  const seen = await world.api('POST', `/api/v1/campaigns/${id}/preflight`);
  assert.equal(seen.people, rows);
  assert.equal((await world.api('PATCH', `/api/v1/campaigns/${id}`, { name: 'Again' })).name, 'Again');
  return { edited, rows };
}

const moments = {
  begun: { at: () => true },
  'taking in': { at: async (is, name) => await list(`${name} after`) > 0 },
  settled: { at: (is) => is.name === 'After', edited: true },
};

for (const [moment, { at, edited }] of Object.entries(moments)) {
  test(`killed: ${moment}`, async () => {
    for (let attempt = 1; ; attempt++) {
      assert.ok(attempt <= ATTEMPTS, 'every edit was through before it was seen');
      const name = `${moment} ${attempt}`, rows = Math.min(5000 * 2 ** attempt, CROWD);
      const was = await make(name);
      const seen = await killAt(at, was, name, rows);
      const is = await allAgree(was.id, was, name);
      // what was seen before the kill is the least that there is behind it
      if (seen && edited) assert.deepEqual(is, { edited: true, rows });
      if (seen) break;
      await world.api('POST', `/api/v1/campaigns/${was.id}/cancel`);
    }
  });
}
