// The gateway in front of a simulator that enforces: what the platform announces by webhook is in force at the gateway, which then
// refuses by itself what the platform would refuse.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { company, person, startWorld, template, until } from './lib/varco.mjs';

const world = await startWorld({ sim: ['--alive'] });
after(() => world.stop());

const shipped = (n) => world.send(template(person(n), 'order_shipped', '42'));
const act = (word) => world.sim.control('POST', 'enforcement', { waba: company.waba, act: word });
// By the gateway itself: until it has heard, it is the platform that refuses, and its 368 counts until it says more exactly what for.
const refused = (n) => until(async () => {
  const answer = await shipped(n);
  const error = answer.status === 200 ? null : answer.json().error;
  return error?.varco ? error : null;
}, 'a refusal');

test('a restriction, a disabling: refused before the platform is asked', async () => {
  assert.equal((await shipped(1)).status, 200);
  await act('violate');
  assert.equal((await shipped(2)).status, 200); // a warning forbids nothing
  await act('violate');
  const restricted = await until(async () => {
    const error = await refused(3);
    return error.varco.rules[0].id === 'account.restricted' && error;
  }, 'the restriction');
  assert.equal(restricted.code, 368);

  await act('disable');
  const disabled = await until(async () => {
    const error = await refused(4);
    return error.varco.rules.some((x) => x.id === 'account.disabled') && error;
  }, 'the disabling');
  assert.equal(disabled.code, 131031);
  const mark = await world.sim.mark();
  await shipped(5);
  assert.deepEqual(await world.sim.sends(mark), []);
});
