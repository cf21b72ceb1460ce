// What Meta's quota headers tell, the gateway heeds: it asks half as often, then not at all until there is access again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, request, startWorld, until } from './lib/varco.mjs';

const OTHER = '900800701'; // an account that nobody else asks about: what is asked of it shows that the round came by
const LATE = '900800702';
const LIMIT = 20;
const MINUTE = 60 * 1000;

let world;
let begin;

const advance = (minutes) => world.sim.clock({ now: begin + minutes * MINUTE });
// What the gateway asked of an account; somebody else asks for other things.
const polls = async (waba) => (await world.sim.log()).filter((x) => x.method === 'GET'
  && x.path.startsWith(`/v25.0/${waba}`) && !x.path.endsWith('/subscribed_apps'));
const asked = (waba) => polls(waba).then((x) => x.length);
// So many questions were asked, and what was answered is taken: before that the clock must not move, since it is what the next
// round counts from. The gateway has one loop, which hears the last answer before those that it asks for then.
const answered = async (waba, n, what) => {
  await until(async () => await asked(waba) === n, what);
  for (let i = 0; i < 3; i++) {
    await world.api('GET', '/api/v1/status?check_upstream=true');
    await world.api('POST', `/api/v1/numbers/${company.number}/pause`, { purpose: 'marketing', reason: 'A fence.' });
    await world.api('POST', `/api/v1/numbers/${company.number}/resume`, {});
  }
};

// Somebody else's calls with the same app.
async function others(n) {
  for (let i = 0; i < n; i++) {
    const r = await request(`${world.sim.url}/v25.0/${company.waba}/subscribed_apps`, {
      headers: { authorization: `Bearer ${company.token}` },
    });
    assert.ok(r.headers['x-app-usage'], 'a header');
  }
}

const addAccount = (waba, name) => world.api('POST', '/api/v1/accounts', {
  waba, portfolio: company.portfolio, name, country: 'IT', limit: 'unlimited',
  token_file: company.token, app_secret_file: company.secret, verify_token_file: company.verifyToken,
});

before(async () => {
  world = await startWorld({
    sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, gatewayArgs: ['--threads', '1'], asks: true, company: { people: 1 },
  });
  await world.sim.config({ waba: company.waba, call_limit: LIMIT });
  await addAccount(OTHER, 'Libreria');
  begin = await world.sim.now();
});

after(() => world.stop());

test('headers tell what is used', async () => {
  const r = await request(`${world.sim.url}/v25.0/${company.waba}/subscribed_apps`, {
    headers: { authorization: `Bearer ${company.token}` },
  });
  const [row] = JSON.parse(r.headers['x-business-use-case-usage'])[company.waba];
  assert.deepEqual([row.call_count, row.estimated_time_to_regain_access], [5, 0]);
  assert.equal(JSON.parse(r.headers['x-app-usage']).call_count, 0);
});

test('from half of the quota on it asks half as often', async () => {
  await others(8);
  await until(async () => {
    await world.sim.clock({ advance_ms: 2000 });
    return await asked(OTHER) === 3 && await asked(company.waba) === 3;
  }, 'the first round');
  await answered(OTHER, 3, 'its answer');
  begin = await world.sim.now();
  await advance(61);
  await answered(OTHER, 6, 'the second round of the other account');
  assert.equal(await asked(company.waba), 3);
  await advance(121);
  await answered(company.waba, 6, 'the second round');
});

test('from four fifths on it rests, and when it is refused until there is access again', async () => {
  await answered(OTHER, 9, 'the third round of the other account');
  await advance(175);
  await others(15);
  await advance(182);
  // one question, whose answer says that 16 of 20 are used
  await answered(OTHER, 12, 'the fourth round of the other account');
  await answered(company.waba, 7, 'the third round');
  await advance(241);
  await others(LIMIT);
  await advance(243);
  await answered(company.waba, 8, 'the refusal');
  assert.equal((await polls(company.waba)).at(-1).status, 400);
  // after any other failure it would ask again after a minute
  await addAccount(LATE, 'Cartoleria');
  await until(async () => {
    await world.sim.clock({ advance_ms: 2000 });
    return await asked(LATE) === 3;
  }, 'the first round of a third account');
  assert.equal(await asked(company.waba), 8);
  await advance(305);
  await until(async () => await asked(company.waba) === 11, 'a whole round');
});
