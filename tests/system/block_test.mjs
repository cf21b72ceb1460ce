// What an error code lets Varco conclude holds until Meta says more exactly what it has restricted, whichever of the two comes first.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { company, person, startWorld, template, text } from './lib/varco.mjs';

const DAY = 24 * 3600;
let world;

beforeEach(async () => {
  world = await startWorld({ company: { people: 3 } });
  await world.sim.config({ statuses: 'none' });
  await world.sim.inbound({ number: company.number, from: person(1), text: 'Ciao' });
});
afterEach(() => world.stop());

const restrict = async () => {
  await world.sim.control('POST', 'event', { field: 'account_update', entry: company.waba, value: {
    event: 'ACCOUNT_RESTRICTION',
    restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: Math.floor(Date.now() / 1000) + 3 * DAY }],
  } });
  await world.sim.idle();
};
let sent = 0; // no two are alike
const shipped = () => world.send(template(person(2), 'order_shipped', String(++sent)));
const reply = () => world.send(text(person(1), `Certo, ${++sent}`));
const rules = (r) => r.json().error?.varco?.rules.map((x) => x.id) ?? [];
const fails = async (r, code) => {
  await world.sim.control('POST', 'status', { wamid: r.json().messages[0].id, status: 'failed', code });
  await world.sim.idle();
};

async function answered(code) {
  await world.sim.config({ waba: company.waba, refuse_code: code });
  assert.equal((await shipped()).json().error.code, code);
  await world.sim.config({ waba: company.waba, refuse_code: 0 });
  assert.deepEqual(rules(await reply()), ['account.locked']);
}

test('368, then the restriction: answers leave again', async () => {
  await answered(368);
  await restrict();
  assert.equal((await reply()).status, 200);
  assert.deepEqual(rules(await shipped()), ['account.restricted']);
});

test('the restriction, then a 368 for what was under way: answers go on', async () => {
  const underWay = await shipped();
  await restrict();
  await fails(underWay, 368);
  assert.equal((await reply()).status, 200);
  assert.deepEqual(rules(await shipped()), ['account.restricted']);
});

test('the restriction, then a 368 for an answer: more is forbidden than was told', async () => {
  await restrict();
  await fails(await reply(), 368);
  assert.deepEqual(rules(await reply()), ['account.locked']);
});

test('131031, then the restriction: a lock is more than that', async () => {
  await answered(131031);
  await restrict();
  assert.deepEqual(rules(await reply()), ['account.locked']);
});
