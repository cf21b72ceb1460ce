// dev: binary=release
// Drafts and automatic replies that are edited in the page: by whom, what it throws away, what two people at once come to, and
// that nothing of it is ever more than text. Beside it, the rules that an analysis tells of numbers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, crowd, grant, startWorld, until } from '../system/lib/varco.mjs';
import { startBrowser } from './lib/browser.mjs';
import { sitDown, story } from './lib/stories.mjs';
import { PAYLOADS } from './lib/tour.mjs';

const people = Array.from({ length: 20 }, (_, i) => crowd(i));
const table = `phone,order\n${people.map((p, i) => `${p},A${i}`).join('\n')}\n`;
const hostile = PAYLOADS[1];
let world, browser;
const both = { browser: () => browser, world: () => world };

before(async () => {
  [world, browser] = await Promise.all([startWorld({ company: { people: 0 } }), startBrowser()]);
  await grant(world.api, people, 'utility');
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

const show = (id) => world.api('GET', `/api/v1/campaigns/${id}`);
const make = (name) => world.api('POST', '/api/v1/campaigns', {
  name, number: company.number, template: ['order_shipped'], language: 'it', map: ['1=order'], audience: table, by: 'Marta Neri' });
const nothingRan = async (seat) => assert.equal(await seat.page.evaluate(() => globalThis.pwned), undefined);

story('a draft is edited, and checked anew', both, async (seat, turn) => {
  const { page } = seat;
  const { id } = await make(`Ordini ${turn}`);
  await world.api('POST', `/api/v1/campaigns/${id}/preflight`);
  await seat.go(`#/campaigns/${id}`);
  await seat.button('Edit …').click();
  await page.waitForFunction(() => location.hash.endsWith('?show=edit'));
  await seat.settled();
  await page.locator('main [name=name]').waitFor();
  assert.deepEqual([await page.inputValue('[name=name]'), await page.inputValue('[name=template]'), await page.inputValue('[name=column-1]'),
    await page.isChecked('[name=source][value=kept]')], [`Ordini ${turn}`, 'order_shipped/it', 'order', true]);
  await page.fill('[name=by]', 'Anna Verdi');
  await seat.sees('Nothing is changed yet.');
  await seat.check('the form of an edit');
  await page.fill('[name=name]', `${hostile} ${turn}`);
  await page.fill('[name=otherwise-1]', hostile);
  await page.locator('.bubble mark').filter({ hasText: hostile }).waitFor();
  await seat.button('Save the draft').click();
  await page.waitForFunction((to) => location.hash === to, `#/campaigns/${id}`);
  await page.getByText(`${hostile} ${turn}`).first().waitFor();
  await seat.sees('{0} times, by {1}', 1, 'Anna Verdi');
  const is = await show(id);
  assert.deepEqual([is.name, is.map, is.preflight_at, is.audience, is.edited_by], [`${hostile} ${turn}`, [`1=order|${hostile}`], null, 20, ['Anna Verdi']]);
  await seat.check('the campaign that was edited');
  await nothingRan(seat);

  // She wrote in it: she does not approve it.
  await seat.button('Check the audience now').click();
  await until(async () => (await show(id)).preflight_at, 'the check');
  await seat.sees('{0} edited this campaign: somebody else approves it.', 'Anna Verdi');
  await page.locator('[name=by]').first().fill('Luca Bianchi');
  await seat.button('Approve as checked').click();
  await until(async () => (await show(id)).state === 'approved', 'approval');
  await seat.sees('It is approved, and what was approved is not changed: cancel it and make a new one.');
  assert.equal(await seat.button('Edit …').getAttribute('aria-disabled'), 'true');
  await seat.go(`#/campaigns/${id}?show=edit`);
  await seat.sees('It is approved, and what was approved is not changed: cancel it and make a new one.');
  assert.equal(await page.locator('main form').count(), 0);
  await world.api('POST', `/api/v1/campaigns/${id}/cancel`);
});

story('of two who edit a draft the later one is told, and starts from what is there', both, async (seat, turn, at) => {
  const { id } = await make(`Due ${turn}`);
  await seat.go(`#/campaigns/${id}?show=edit`);
  const other = await sitDown(browser, world, at);
  await other.go(`#/campaigns/${id}?show=edit`);
  for (const [who, name] of [[seat, 'Anna Verdi'], [other, 'Luca Bianchi']]) {
    await who.page.fill('[name=by]', name);
    await who.page.fill('[name=name]', `Di ${name}`);
  }
  await seat.button('Save the draft').click();
  await until(async () => (await show(id)).name === 'Di Anna Verdi', 'the first edit');
  await other.button('Save the draft').click();
  await other.page.getByRole('alert').waitFor();
  assert.equal((await show(id)).name, 'Di Anna Verdi');
  assert.equal(await other.page.inputValue('[name=name]'), 'Di Luca Bianchi', 'what they wrote is still there');
  await other.check('the form that was overtaken');
  await other.button('Throw mine away and load it as it is now').click();
  await other.page.waitForFunction(() => document.querySelector('[name=name]')?.value === 'Di Anna Verdi');
  await other.page.fill('[name=name]', 'Di tutti e due');
  await other.button('Save the draft').click();
  await until(async () => (await show(id)).name === 'Di tutti e due', 'the second edit');
  assert.deepEqual((await show(id)).edited_by, ['Anna Verdi', 'Luca Bianchi']);
  assert.deepEqual(other.troubles, []);
  await other.end();
  await world.api('POST', `/api/v1/campaigns/${id}/cancel`);
});

story('a draft gets other people', both, async (seat, turn) => {
  const { page } = seat;
  const { id } = await make(`Altre ${turn}`);
  await seat.go(`#/campaigns/${id}?show=edit`);
  await page.fill('[name=by]', 'Anna Verdi');
  await page.check('[name=source][value=table]');
  await seat.sees('These take the place of the {0} people that it has.', 20);
  await page.setInputFiles('[name=audience]', { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(`phone,ordine\n${people[0]},B1\n${people[1]},B2\n`) });
  await page.selectOption('[name=column-1]', 'ordine');
  await page.locator('.bubble mark').filter({ hasText: 'B1' }).waitFor();
  await seat.check('the form with another table');
  await seat.button('Save the draft').click();
  await page.waitForFunction((to) => location.hash === to, `#/campaigns/${id}`);
  const is = await show(id);
  assert.deepEqual([is.state, is.audience, is.people.waiting, is.map, is.columns], ['draft', 2, 2, ['1=ordine'], ['ordine']]);
  await world.api('POST', `/api/v1/campaigns/${id}/cancel`);
});

story('conditions come back into their fields', both, async (seat, turn) => {
  const { page } = seat;
  const { id } = await world.api('POST', '/api/v1/campaigns', {
    name: `Condizioni ${turn}`, number: company.number, template: ['order_shipped'], language: 'it', map: ['1=|oggi'], filter: ['purpose=utility', 'country=US'], by: 'Marta Neri' });
  await seat.go(`#/campaigns/${id}?show=edit`);
  await seat.sees('They were found by: {0}', 'purpose=utility, country=US');
  await page.fill('[name=by]', 'Anna Verdi');
  await page.check('[name=source][value=record]');
  assert.deepEqual([await page.inputValue('[name=purpose]'), await page.inputValue('[name=country]')], ['utility', 'US']);
  await seat.check('the form with conditions');
  await page.fill('[name=country]', '');
  await seat.button('Save the draft').click();
  await page.waitForFunction((to) => location.hash === to, `#/campaigns/${id}`);
  const is = await show(id);
  assert.deepEqual([is.state, is.filter, is.audience, is.map], ['draft', ['purpose=utility'], people.length, ['1=|oggi']]);
  await world.api('POST', `/api/v1/campaigns/${id}/cancel`);
});

story('an automatic reply is edited in its place', both, async (seat, turn, at) => {
  const { page } = seat;
  const name = `orari-${turn}`, path = `/api/v1/autoreplies/${name}`;
  const read = () => world.api('GET', path);
  await world.api('POST', '/api/v1/autoreplies', { name, app: 'crm', number: company.number, kind: 'keyword', text: 'Dalle 9 alle 18.', words: ['orari'] });
  await seat.go('#/automations');
  const row = (who) => who.page.getByRole('row').filter({ has: who.page.getByText(name, { exact: true }) });
  const edit = (who) => row(who).getByRole('button', { name: who.say('Edit'), exact: true }).click();
  const form = (who) => who.page.locator('section.card').filter({ has: who.page.locator('h2', { hasText: name }) });
  await edit(seat);
  await seat.sees('Nothing is changed yet.');
  await form(seat).locator('[name=text]').fill(hostile);
  await seat.check('the form of a reply');

  const other = await sitDown(browser, world, at);
  await other.go('#/automations');
  await edit(other);
  await form(other).locator('[name=text]').fill('Altro');

  await seat.button('Save').click();
  await until(async () => (await read()).text === hostile, 'the edit');
  await seat.sees('{0} answers like this from now on.', name);
  await row(seat).getByText(hostile).waitFor();
  await seat.check('the list with what was written');
  await nothingRan(seat);

  await other.button('Save').click();
  await other.page.getByRole('alert').waitFor();
  assert.equal((await read()).text, hostile);
  await other.button('Throw mine away and load it as it is now').click();
  await other.page.waitForFunction((text) => [...document.querySelectorAll('[name=text]')].some((x) => x.value === text), hostile);
  await form(other).locator('[name=reply-kind]').selectOption('out_of_hours');
  await form(other).locator('[name=hours]').fill('mon-fri 09:00-18:00');
  await other.button('Save').click();
  await until(async () => (await read()).kind === 'out_of_hours', 'the other edit');
  assert.deepEqual([(await read()).words, (await read()).text], [[], hostile]);
  assert.deepEqual(other.troubles, []);
  await other.end();
  await world.api('DELETE', path);
});

story('an analysis tells which rules the volume of a number broke', both, async (seat) => {
  const { page } = seat;
  await seat.go('#/analyze');
  await page.setInputFiles('[name=traffic]', new URL('../analyze/traffic.csv', import.meta.url).pathname);
  await page.fill('[name=zone]', 'UTC');
  await seat.button('Analyze').click();
  const rules = seat.table('Rules that the volume of numbers broke');
  await rules.waitFor();
  const told = await rules.getByRole('row').filter({ hasText: 'limit.warmup' }).innerText();
  assert.match(told, /\+390212345601/);
  await seat.check('the report');
  await seat.button('Remove').click();
  await page.waitForFunction(() => location.hash === '#/analyze');
});
