// dev: long
// dev: binary=release
// 64 connections race for the last 10 places of a portfolio's limit, VARCO_RACE_ROUNDS times (1,000). Every round has a portfolio
// of its own, with two WABAs, two numbers and two apps, and two people who have places already. What passed is what the simulator
// received: 10 more people, never more, never fewer; and whoever has a place keeps it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grant, inParallel, keepAlive, person, startWorld, template, templates } from './lib/varco.mjs';

const ROUNDS = Number(process.env.VARCO_RACE_ROUNDS ?? 1000);
const CONNECTIONS = 64;
const PLACES = 10;
const TAKEN = 2;
const SIDES = [0, 1];

// Numbers of ids: side 0 and side 1 of round r.
const waba = (r, side) => `81${side}${String(r).padStart(6, '0')}`;
const number = (r, side) => `71${side}${String(r).padStart(6, '0')}`;
const portfolio = (r) => `61${String(r).padStart(6, '0')}`;

const rounds = Array.from({ length: ROUNDS }, (_, r) => r);

async function enter(api) {
  const both = rounds.flatMap((r) => SIDES.map((side) => [r, side]));
  await inParallel(both, ([r, side]) => api('POST', '/api/v1/accounts', {
    waba: waba(r, side), portfolio: portfolio(r), name: `Bottega ${r}`, country: 'IT', limit: PLACES + TAKEN,
    token_file: 'token', app_secret_file: 'secret', verify_token_file: 'verify',
  }));
  await inParallel(both, ([r, side]) => api('POST', '/api/v1/numbers', {
    waba: waba(r, side), id: number(r, side), display: `+3902${side}${String(r).padStart(6, '0')}`,
    established: true, throughput: 1000,
  }));
  await inParallel(both, ([r, side]) => api('POST', '/api/v1/templates', {
    waba: waba(r, side), file: templates[0],
  }));
  await grant(api, Array.from({ length: CONNECTIONS + TAKEN }, (_, i) => person(i + 1)));
  return Promise.all(SIDES.map((side) => api('POST', '/api/v1/integrations', {
    name: `shop-${side}`, owner: 'Marta Neri', purpose: 'Ordini', numbers: rounds.map((r) => number(r, side)),
    categories: ['utility'],
  })));
}

function sender(world, apps, agent) {
  return (r, side, phone, word) => world.send(template(phone, 'order_shipped', `${r}-${word}`),
    { number: number(r, side), appKey: apps[side].key, agent });
}

function assertBlocked(r, round) {
  assert.equal(r.status, 429, `round ${round}: ${r.text}`);
  const { rules } = r.json().error.varco;
  assert.deepEqual(rules.map((x) => x.id), ['limit.portfolio'], `round ${round}: blocked for another reason`);
}

// The race of one round; who passed.
async function race(send, round) {
  for (let i = 0; i < TAKEN; i++) {
    const r = await send(round, i % 2, person(i + 1), 'early');
    assert.equal(r.status, 200, r.text);
  }
  const runners = Array.from({ length: CONNECTIONS }, (_, i) => person(TAKEN + i + 1));
  const answers = await Promise.all(runners.map((phone, i) => send(round, i % 2, phone, 'race')));
  const passed = runners.filter((_, i) => answers[i].status === 200);
  for (const r of answers) if (r.status !== 200) assertBlocked(r, round);
  assert.equal(passed.length, PLACES, `round ${round}: ${passed.length} passed`);
  return passed;
}

// A place is a person's for the day, from whichever number; and it is nobody else's.
async function afterwards(send, round, passed) {
  const winner = passed[round % PLACES];
  const loser = Array.from({ length: CONNECTIONS }, (_, i) => person(TAKEN + i + 1))
    .find((phone) => !passed.includes(phone));
  const again = await send(round, round % 2, winner, 'again');
  assert.equal(again.status, 200, `round ${round}: who had a place was blocked: ${again.text}`);
  assertBlocked(await send(round, round % 2, loser, 'again'), round);
}

function peopleByRound(sends) {
  const people = rounds.map(() => new Set());
  for (const x of sends) {
    const round = Number(x.path.split('/')[2].slice(3));
    assert.equal(x.status, 200, `the simulator refused: ${JSON.stringify(x)}`);
    people[round].add(x.to);
  }
  return people;
}

test(`${CONNECTIONS} connections share ${PLACES} places in ${ROUNDS} rounds`, async () => {
  const world = await startWorld({ company: false, simWebhooks: false });
  const agent = keepAlive(CONNECTIONS);
  const apps = await enter(world.api);
  const send = sender(world, apps, agent);
  const mark = await world.sim.mark();

  for (const round of rounds) await afterwards(send, round, await race(send, round));

  const people = peopleByRound(await world.sim.sends(mark));
  const overshoot = Math.max(...people.map((x) => x.size)) - PLACES - TAKEN;
  const short = PLACES + TAKEN - Math.min(...people.map((x) => x.size));
  console.log(`rounds ${ROUNDS}, overshoot ${overshoot}, places left over ${short}`);
  assert.equal(overshoot, 0);
  assert.equal(short, 0);
  agent.destroy();
  await world.stop();
});
