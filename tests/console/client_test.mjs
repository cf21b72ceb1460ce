// dev: binary=release
// Who looks after several clients chooses one: decisions, incidents, alarms, opt-outs and the register show theirs alone and say so.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { company, inbound, person, startWorld, text, until } from '../system/lib/varco.mjs';
import { startBrowser } from './lib/browser.mjs';
import { story } from './lib/stories.mjs';
import { PAYLOADS } from './lib/tour.mjs';

const other = { portfolio: '700600501', waba: '900800701', number: '100200400', secret: 'app-secret-of-the-other-one' };
const hostile = PAYLOADS[1];
let world, browser, mine, theirs, app;

before(async () => {
  [world, browser] = await Promise.all([startWorld({ company: { people: 0 } }), startBrowser()]);
  await world.api('POST', '/api/v1/accounts', { waba: other.waba, portfolio: other.portfolio, name: hostile, app_secret_file: other.secret, country: 'IT' });
  await world.api('POST', '/api/v1/numbers', { waba: other.waba, id: other.number, display: '+39 333 123 9900', established: true });
  app = await world.api('POST', '/api/v1/integrations', { name: 'altro', owner: 'Luca Verdi', purpose: 'Ordini', numbers: [other.number], categories: ['service'] });
  mine = (await world.send(text(person(1), 'Buongiorno'))).decision;
  theirs = (await world.send(text(person(1), 'Buongiorno'), { number: other.number, appKey: app.key })).decision;
  for (const object of [company.waba, other.waba])
    await world.api('POST', '/api/v1/incidents', { scope: 'waba', object, kind: 'other', text: 'Avviso', by: 'Marta Neri' });
  await world.webhook(inbound({ from: person(13), body: 'Per favore toglietemi dalla vostra lista 13' }));
  await world.webhook(inbound({ from: person(14), body: 'Per favore toglietemi dalla vostra lista 14', number: other.number, waba: other.waba }), { secret: other.secret });
  await until(async () => (await world.api('GET', '/api/v1/stops')).items.length === 2, 'two that may be opt-outs');
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

story('the lists of one client', { browser: () => browser, world: () => world }, async (seat) => {
  const { page } = seat;
  const choose = async (portfolio) => {
    await page.locator('label.client select').selectOption(portfolio);
    await seat.settled();
  };
  const link = (href) => page.locator(`main a[href="${href}"]`);
  const there = (what) => what.first().waitFor();
  const gone = (what) => until(async () => (await what.count()) === 0, 'what is of the other client is gone');
  const note = seat.say('Only what is of {0}; what is of no client shows under all clients.', hostile);

  const pages = [
    ['#/decisions', link(`#/decisions/${mine}`), link(`#/decisions/${theirs}`)],
    ['#/incidents', page.locator('main td', { hasText: company.waba }), page.locator('main td', { hasText: other.waba })],
    ['#/alarms', page.locator('main td', { hasText: `waba:${company.waba}` }), page.locator('main td', { hasText: `waba:${other.waba}` })],
    ['#/stops', page.getByText('vostra lista 13'), page.getByText('vostra lista 14')],
    ['#/integrations', link(`#/integrations/${world.app.id}`), link(`#/integrations/${app.id}`)],
  ];
  for (const [hash, ours, others] of pages) {
    await seat.go(hash);
    await there(ours);
    await there(others);
    assert.equal(await page.getByText(note).count(), 0);
    await choose(other.portfolio);
    await gone(ours);
    await there(others);
    await page.getByText(note).waitFor();
    await seat.check(`${hash} of one client`);
    await choose(company.portfolio);
    await gone(others);
    await there(ours);
    await choose('');
    await there(others);
  }

  // One that is there no more narrows nothing.
  await page.evaluate(() => sessionStorage.setItem('varco-client', JSON.stringify({ portfolio: '1', name: 'Gone', wabas: [] })));
  await page.reload();
  await seat.settled();
  await seat.go('#/incidents');
  await there(pages[1][1]);
  assert.equal(await page.locator('label.client select').inputValue(), '');
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
});
