// dev: binary=release
// A campaign is under way and the gateway is killed with SIGKILL, VARCO_CAMPAIGN_KILLS times (8), at random moments of taking
// its audience in, of putting people on record, of sending, of being held and resumed. The simulator lives on: nobody may get
// the message twice, and at the end everybody of the audience is accounted for: sent to, refused, or of unknown outcome.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comingDay, crowd, grant, sleep, startWorld, until } from './lib/varco.mjs';

const KILLS = Number(process.env.VARCO_CAMPAIGN_KILLS ?? 8);
const PEOPLE = 120 + 40 * KILLS;
const WITHOUT = 20; // of them, who agreed to nothing
// Nobody of the United States for marketing: the message is one of utility.
const audience = Array.from({ length: PEOPLE }, (_, i) => crowd(i));

function random(from, to) {
  return from + Math.random() * (to - from);
}

async function killAndStart(world) {
  await world.gateway.kill();
  await world.startGateway();
}

// An answer may be lost with the gateway: what was asked for is asked again until it is there.
async function make(world) {
  const rows = audience.map((phone, i) => `${phone},${i}`);
  return world.api('POST', '/api/v1/campaigns', {
    name: 'Killed', number: '100200300', template: ['order_shipped'], language: 'it', map: ['1=order'],
    audience: `phone,order\n${rows.join('\n')}\n`, by: 'Marta Neri',
  });
}

// How many of its sends are in each state, by the list that a figure opens into.
async function decisionsByState(world, campaign) {
  const n = {};
  for (let cursor = ''; cursor !== null;) {
    const page = await world.api('GET', `/api/v1/decisions?campaign=${campaign}&limit=200${cursor && `&cursor=${cursor}`}`);
    for (const x of page.items) n[x.state] = (n[x.state] ?? 0) + 1;
    cursor = page.next;
  }
  return (...states) => states.reduce((sum, s) => sum + (n[s] ?? 0), 0);
}

// The figures that are kept say what counting says, in all and by what it was.
async function figuresAreTrue(world, campaign) {
  const report = await world.api('GET', `/api/v1/campaigns/${campaign}/report`);
  const { totals } = report, count = await decisionsByState(world, campaign);
  for (const by of ['templates', 'segments', 'sources', 'waves']) {
    for (const figure of Object.keys(totals)) {
      assert.equal(report[by].reduce((sum, x) => sum + x[figure], 0), totals[figure], `${figure} of ${by}`);
    }
  }
  return totals.people === PEOPLE && totals.sent === count('accepted', 'sent', 'delivered', 'read') &&
    totals.delivered === count('delivered', 'read') && totals.read === count('read');
}

test('killed at any moment, a campaign neither doubles nor loses anybody', async () => {
  const world = await startWorld({ sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 0 } });
  const show = (id) => world.api('GET', `/api/v1/campaigns/${id}`);
  try {
    await world.sim.clock({ now: comingDay(1, 10) });
    await grant(world.api, audience.slice(WITHOUT), 'utility');

    const lost = make(world).catch((e) => e);
    await sleep(random(0, 60));
    await killAndStart(world);
    await lost;
    await until(async () => (await world.api('GET', '/api/v1/campaigns')).items.every((x) => x.state !== 'loading'), 'the end of what broke off');
    assert.ok((await world.api('GET', '/api/v1/campaigns')).items.every((x) => ['draft', 'cancelled'].includes(x.state)));

    const { id, audience: total } = await make(world);
    assert.equal(total, PEOPLE);
    await world.api('POST', `/api/v1/campaigns/${id}/preflight`);
    await world.api('POST', `/api/v1/campaigns/${id}/approve`, { by: 'Luca Bianchi' });
    await world.api('POST', `/api/v1/campaigns/${id}/release`, {});
    await world.sim.clock({ advance_ms: 61000 });

    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(random(0, 400));
      if (kill % 3 === 1) world.api('POST', `/api/v1/campaigns/${id}/hold`, {}).catch(() => undefined);
      await sleep(kill % 3 === 1 ? random(0, 20) : 0);
      await killAndStart(world);
      if ((await show(id)).state === 'held') await world.api('POST', `/api/v1/campaigns/${id}/resume`);
      if ((await show(id)).waits_for === 'wave') await world.sim.clock({ advance_ms: 3600001 });
    }
    const end = await until(async () => {
      const x = await show(id);
      await world.sim.clock({ advance_ms: x.waits_for === 'wave' ? 3600001 : 1000 });
      return x.state === 'done' && x;
    }, 'the end of the campaign', 300000);

    // Statuses come meanwhile: between one question and the next.
    await until(() => figuresAreTrue(world, id), 'figures that are what the lists say');
    await killAndStart(world);
    await until(() => figuresAreTrue(world, id), 'the same after one more kill');
    const got = (await world.sim.sends()).filter((x) => x.status === 200).map((x) => x.to);
    assert.equal(new Set(got).size, got.length, 'somebody got it twice');
    const { totals } = await world.api('GET', `/api/v1/campaigns/${id}/report`);
    assert.equal(end.people.sent + end.people.refused, PEOPLE, JSON.stringify(end.people));
    assert.equal(end.people.refused, WITHOUT);
    assert.equal(totals.sent + totals.unknown + totals.failed + totals.refused, PEOPLE, JSON.stringify(totals));
    assert.ok(got.length >= totals.sent && got.length <= totals.sent + totals.unknown, `${got.length} ${JSON.stringify(totals)}`);
    assert.ok(got.every((phone) => audience.slice(WITHOUT).includes(phone.startsWith('+') ? phone : `+${phone}`)));
    console.log(`${KILLS} kills: ${JSON.stringify(totals)}`);
  } finally {
    await world.stop();
  }
});
