// dev: binary=release
// The policy is changed in the console: proposed with its effect, put in force by a second person, rolled back; an exception is
// asked for, allowed and ended; and all of it once without a mouse.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, person, startWorld, template } from '../system/lib/varco.mjs';
import { startBrowser } from './lib/browser.mjs';
import { member } from './lib/members.mjs';
import { said, sitDown, story } from './lib/stories.mjs';

let world, browser, marta, luca;
before(async () => {
  [world, browser] = await Promise.all([startWorld({ company: { people: 20 } }), startBrowser()]);
  marta = await member(browser, world, 'Marta Neri', 'compliance');
  luca = await member(browser, world, 'Luca Bianchi', 'approver');
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

const at = { browser: () => browser, world: () => world };
const inForce = () => world.api('GET', '/api/v1/policy');
const rule = async (id) => (await inForce()).rules.find((r) => r.id === id);

// The number of the proposal whose page is open.
async function proposal(seat) {
  await seat.page.waitForFunction(() => /^#\/settings\/policy\/pol_/.test(location.hash));
  await seat.settled();
  return (await seat.address()).split('/').at(-1);
}

const sendTo = (n) => world.send(template(person(n), 'spring_offer', 'Anna'));

story('a policy that protects less: proposed with its effect, put in force by a second person, rolled back', at, async (_, turn, look) => {
  const { decision } = await sendTo(50 + turn);
  assert.deepEqual((await world.api('GET', `/api/v1/decisions/${decision}`)).rules, ['consent.missing']);
  const own = await sitDown(browser, world, { ...look, cookies: marta });
  const { title } = await rule('consent.missing');
  const open = async (who) => {
    await who.go('#/settings/policy?rule=consent.missing');
    await who.page.locator('details.card > summary').click();
  };
  await open(own);
  await own.page.locator('details.card select').first().selectOption('warn');
  const see = own.button('See the effect');
  assert.equal(await see.getAttribute('aria-disabled'), 'true', 'not without a reason');
  await own.field('Why, for those who come later').fill(`Prova su strada ${turn}`);
  await own.check('a draft');
  await see.click();
  const id = await proposal(own);
  await own.table('Verdicts that change').locator('tr', { hasText: /refuse.*allow/ }).waitFor();
  await own.table('By rule').locator('tr', { hasText: 'consent.missing' }).waitFor();
  await own.count(own.page.locator(`a[href="#/decisions/${decision}"]`), 1); // examples open
  await own.check('the effect');
  assert.equal((await rule('consent.missing')).level, 'refuse', 'nothing is in force yet');
  const apply = (who) => who.button('Put in force');
  assert.equal(await apply(own).getAttribute('aria-disabled'), 'true', 'its author cannot');
  await own.sees('It protects less than before: somebody else than {0} puts it in force.', 'Marta Neri');

  const second = await sitDown(browser, world, { ...look, cookies: luca });
  await second.go('#/settings/policy');
  await second.page.locator(`a[href="#/settings/policy/${id}"]`).click();
  await second.table('What changes').locator('tr', { hasText: title }).or(second.page.getByText('consent.missing')).first().waitFor();
  await apply(second).click();
  await second.page.getByText(new RegExp(`^${second.say('It is in force, as version {0}.', '\\d+')}$`)).waitFor();
  assert.equal((await rule('consent.missing')).level, 'warn');
  assert.equal((await sendTo(50 + turn)).status, 200, 'what was refused is sent');
  await second.end();

  await own.go('#/settings/versions');
  await own.check('versions');
  await own.button('Back to version {0}', 0).click();
  await own.dialog.field('Why, for those who come later').fill('Troppi reclami');
  await own.dialog.button('See the effect').click();
  await proposal(own);
  await own.sees('It protects as much as before: one person is enough.');
  await apply(own).click();
  await own.page.getByText(new RegExp(`^${own.say('It is in force, as version {0}.', '\\d+')}$`)).waitFor();
  assert.equal((await rule('consent.missing')).level, 'refuse');
  const again = await sendTo(58 + turn);
  assert.deepEqual((await world.api('GET', `/api/v1/decisions/${again.decision}`)).rules, ['consent.missing']);
  await own.go('#/settings/versions');
  const row = own.table('Versions').locator('tbody tr').first();
  await own.reads(row, /Marta Neri[^]*Troppi reclami/);
  await row.getByRole('link', { name: own.say('What changed') }).click();
  await own.table('From version {0} to version {1}', 2 * turn + 1, 2 * turn + 2).locator('tr', { hasText: 'consent.missing' }).waitFor();
  assert.deepEqual(own.troubles, []);
  await own.end();
});

story('an exception: asked for by one, allowed by another, ended', at, async (_, turn, look) => {
  const own = await sitDown(browser, world, { ...look, cookies: marta });
  await own.go('#/settings/exceptions');
  await own.check('exceptions');
  await own.field('Rule').selectOption('consent.missing');
  await own.field('Which').fill(company.number);
  await own.field('For how many days, 1 to 90').fill('30');
  assert.equal(await own.button('Propose').getAttribute('aria-disabled'), 'true', 'not without a reason');
  await own.field('Why, for those who come later').fill(`Fiera in corso ${turn}`);
  await own.button('Propose').click();
  const id = await proposal(own);
  const second = await sitDown(browser, world, { ...look, cookies: luca });
  await second.go(`#/settings/policy/${id}`);
  await second.button('Put in force').click();
  await second.page.getByText(new RegExp(`^${second.say('It is in force, as version {0}.', '\\d+')}$`)).waitFor();
  await second.end();
  assert.equal((await sendTo(66 + turn)).status, 200, 'there it only warns');

  await own.go('#/settings/exceptions');
  const row = own.page.getByRole('row', { name: `Fiera in corso ${turn}` });
  await own.reads(row, /Marta Neri[^]*Luca Bianchi/);
  await own.check('an exception');
  await row.getByRole('button', { name: own.say('End it') }).click();
  await own.dialog.field('Why, for those who come later').fill('La fiera è finita');
  await own.dialog.button('End it').click();
  await own.sees('The exception has ended.');
  const { decision } = await sendTo(74 + turn);
  assert.deepEqual((await world.api('GET', `/api/v1/decisions/${decision}`)).rules, ['consent.missing']);
  assert.deepEqual(own.troubles, []);
  await own.end();
});

// Enter opens and presses, the arrows choose, Tab goes on.
test('a stricter level by the keyboard alone', async () => {
  const own = await sitDown(browser, world, { cookies: marta });
  const { page } = own;
  const tabTo = async (what) => {
    for (let i = 0; i < 400; i++) {
      if (await what.evaluate((e) => e === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail('the Tab key does not come there');
  };
  await own.go('#/settings/policy?rule=content.link');
  await page.locator('.skip').focus();
  await page.keyboard.press('Enter');
  await tabTo(page.locator('details.card > summary'));
  await page.keyboard.press('Enter');
  await tabTo(page.locator('details.card select').first());
  await page.keyboard.type(said('en', 'refuses'));
  await tabTo(own.field('Why, for those who come later'));
  await page.keyboard.type('By the keys');
  await tabTo(own.button('See the effect'));
  await page.keyboard.press('Enter');
  await proposal(own);
  await own.button('Put in force').waitFor();
  await tabTo(own.button('Put in force'));
  await page.keyboard.press('Space');
  await page.getByText(/^It is in force, as version \d+\.$/).waitFor();
  assert.equal((await rule('content.link')).level, 'refuse');
  assert.deepEqual(own.troubles, []);
  await own.end();
});
