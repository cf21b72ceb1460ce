// dev: long
// dev: binary=release
// What people do on the pages of numbers, decisions, people and imports, from the first refused message to the morning's look
// over all clients, in the set-ups of lib/stories.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { company, inbound, person, startWorld, template, text, until } from '../system/lib/varco.mjs';
import { startBrowser } from './lib/browser.mjs';
import { story } from './lib/stories.mjs';

const YOUNG = '100200302';
const OTHER = { portfolio: '700600599', waba: '900800799', id: '100200399', display: '+393331234399' };
const OWN = company.displays[0].replaceAll(' ', '');
// Where a client's own are listed, something of the one and something of the other.
const LISTS = [
  ['#/numbers', OWN, OTHER.display],
  ['#/templates', company.waba, OTHER.waba],
];

let world, browser;
before(async () => {
  [world, browser] = await Promise.all([startWorld({ company: { people: 40 } }), startBrowser()]);
  await world.api('POST', '/api/v1/numbers', { waba: company.waba, id: YOUNG, display: '+39 333 123 4300' });
  await world.api('PATCH', `/api/v1/numbers/${YOUNG}`, { status: 'CONNECTED', quality: 'GREEN' });
  await world.api('POST', '/api/v1/accounts', {
    waba: OTHER.waba, portfolio: OTHER.portfolio, name: 'Caffè Prova', country: 'IT', limit: 'unlimited',
    token_file: company.token, app_secret_file: company.secret, verify_token_file: company.verifyToken,
  });
  await world.api('POST', '/api/v1/numbers', { waba: OTHER.waba, id: OTHER.id, display: OTHER.display, established: true });
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

const cell = (seat, words) => seat.page.getByRole('cell', { name: words });
const at = { browser: () => browser, world: () => world };

story('the first refused message is found, and why', at, async (seat, turn) => {
  const { decision } = await world.send(text(person(15), 'Buongiorno! La borsa verde è arrivata.'));
  await seat.go('#/decisions?verdict=refuse');
  await seat.page.locator(`a[href="#/decisions/${decision}"]`).click();
  await seat.settled();
  const verdict = await seat.page.locator('.verdict').textContent();
  assert.ok(verdict.startsWith(seat.say('Not sent: ')), verdict);
  assert.match(verdict, seat.lang === 'it' ? /La finestra/ : /window/);
  const rules = seat.table('Every rule, in order').locator('tbody tr');
  await until(async () => await rules.count() > 40, 'the rules');
  await seat.count(rules.filter({ hasText: 'window.closed' }).filter({ hasText: seat.lang === 'it' ? 'rifiutato' : 'refused' }), 1);
  await seat.field('Only those that did not pass').check();
  await seat.count(rules, 1);
});

story('the same message, had the person written; and nothing is sent by asking', at, async (seat, turn) => {
  const { decision } = await world.send(text(person(16), 'Buongiorno!'));
  const { items: before } = await world.api('GET', '/api/v1/decisions?limit=1000');
  await seat.go(`#/decisions/${decision}`);
  await seat.button('Judge it now').click();
  const would = (verdict) => seat.page.getByRole('heading', { name: seat.say('It would be {0}.', seat.lang === 'it' ? verdict[1] : verdict[0]) });
  await would(['refused', 'rifiutato']).waitFor();
  await seat.field('The person wrote so many hours ago').fill('2');
  await seat.button('Judge it so').click();
  await would(['allowed', 'consentito']).waitFor();
  const { items: after_ } = await world.api('GET', '/api/v1/decisions?limit=1000');
  assert.deepEqual(after_.map((d) => d.decision), before.map((d) => d.decision));
});

story('a list of decisions is an address that can be shared', at, async (seat, turn) => {
  await seat.go('#/decisions');
  await seat.page.locator('input[name=rule]').fill('window.closed');
  await seat.button('Show').click();
  await seat.page.waitForFunction(() => location.hash.includes('rule=window.closed'));
  await seat.settled();
  const verdicts = await seat.page.locator('tbody tr td:nth-child(2)').allTextContents();
  assert.ok(verdicts.length >= 2 && verdicts.every((v) => v === (seat.lang === 'it' ? 'rifiutato' : 'refused')), verdicts.join());
});

const tableOf = (one, two) => [
  'telefono;scopo;consenso;data;prova;fonte',
  `${one};marketing;grant;2026-01-10;form;Fiera`,
  `${two};marketing;grant;2026-01-10;form;Fiera`,
  '3,93E+11;marketing;grant;2026-01-10;form;Fiera',
  `${person(33)};marketing;grant;2026-01-10;form;Fiera`,
].join('\r\n');

story('consents are imported with errors, and the import is undone', at, async (seat, turn) => {
  const gone = { purpose: 'marketing', phone: person(33) };
  await world.api('POST', '/api/v1/consents/withdraw', gone);
  const [one, two] = [person(61 + 2 * turn), person(62 + 2 * turn)];
  await seat.go('#/imports');
  await seat.field('A table: CSV or Excel (.xlsx)').setInputFiles({ name: 'fiera.csv', mimeType: 'text/csv', buffer: Buffer.from(tableOf(one, two)) });
  assert.equal(await seat.page.getByLabel(`${seat.say('Taken as')}: telefono`).inputValue(), 'phone');
  const record = seat.page.getByRole('button', { name: /^2\. / });
  assert.equal(await record.getAttribute('aria-disabled'), 'true');
  await seat.button('1. Try it').click();
  await seat.sees('Nothing was recorded yet.');
  await assert.rejects(world.api('POST', '/api/v1/consents/show', { phone: one }), /404/);
  const rows = seat.table('Rows that were not taken').locator('tbody tr');
  await seat.count(rows, 2);
  assert.deepEqual(await rows.locator('td:first-child').allTextContents(), ['4', '5']);
  await seat.page.getByText(seat.lang === 'it' ? /Le revoche restano: 1/ : /Withdrawals stay[^]*: 1/).waitFor();
  await seat.button('2. Record {0} rows', 2).click();
  await seat.page.waitForFunction(() => /^#\/imports\/imp_/.test(location.hash));
  await seat.settled();
  const [download] = await Promise.all([seat.page.waitForEvent('download'), seat.button('All rows that were not taken, as CSV').click()]);
  assert.equal(readFileSync(await download.path(), 'utf8').trim().split(/\r?\n/).length, 3);
  await seat.button('Undo this import').click();
  await seat.button('Undo now').click();
  await seat.sees('The import is undone: {0} acts were taken back, {1} left as they were.', 2, 0);
  const { consents } = await world.api('POST', '/api/v1/consents/show', { phone: person(33) });
  assert.equal(consents.at(-1).act, 'withdraw');
});

story('a certificate for a person, in three clicks and no typing but the number', at, async (seat, turn) => {
  let clicks = 0;
  const click = async (what) => { clicks++; await what.click(); };
  await seat.section('People & consent');
  clicks++;
  await seat.field('Phone number, or user id of Meta (BSUID)').fill(person(2));
  await click(seat.page.getByRole('search', { name: seat.say('Find a person') }).getByRole('button'));
  await seat.page.getByRole('heading', { name: seat.say('Consent certificate') }).waitFor();
  assert.doesNotMatch(seat.page.url(), new RegExp(person(2).slice(-9)));
  await seat.reads(seat.page.locator('main h2').first(), /•••/);
  const [download] = await Promise.all([seat.page.waitForEvent('download'), click(seat.button('Certificate as PDF'))]);
  assert.equal(readFileSync(await download.path()).subarray(0, 5).toString(), '%PDF-');
  assert.equal(clicks, 3);
});

story('what may be an opt-out waits for somebody who looks', at, async (seat, turn) => {
  const who = person(17 + turn), wrote = `Per favore toglietemi dalla vostra lista, grazie ${turn}`;
  await world.webhook(inbound({ from: who, body: wrote }));
  const marketing = async () => {
    const { decision } = await world.send(template(who, 'spring_offer', 'Anna'));
    return (await world.api('GET', `/api/v1/decisions/${decision}`)).rules;
  };
  assert.ok((await marketing()).includes('consent.meta_stop'));
  await seat.go('#/health');
  await seat.page.locator('a[href="#/stops"]').first().click();
  await seat.settled();
  const row = seat.page.getByRole('row', { name: wrote });
  await seat.check('opt-outs in doubt');
  await row.getByRole('button', { name: seat.say('It is none') }).click();
  const go = seat.dialog.button('It is none');
  assert.equal(await go.getAttribute('aria-disabled'), 'true');
  await seat.check('settling one');
  await seat.dialog.field('Why, for the record').fill('Parlava della lista nozze');
  await go.click();
  await seat.sees('It is on record.');
  await seat.table('Settled before').getByRole('row', { name: wrote }).waitFor();
  assert.ok(!(await marketing()).includes('consent.meta_stop'));
});

story('a withdrawal is recorded, and honoured at once', at, async (seat, turn) => {
  const who = await world.api('POST', '/api/v1/people/find', { phone: person(25 + turn) });
  assert.equal(who.in_force.find((x) => x.purpose === 'marketing').act, 'grant');
  await seat.go(`#/people/${who.person}`);
  await seat.button('Record a withdrawal').click();
  const dialog = seat.dialog;
  const go = dialog.button('Record');
  assert.equal(await go.getAttribute('aria-disabled'), 'true');
  await dialog.field('Where (page, shop, call)').fill('Telephone call');
  await go.click();
  await seat.sees('The withdrawal is recorded: from now on nothing of that leaves.');
  const marketing = seat.table('What may be sent').locator('tr', { hasText: 'marketing' });
  await marketing.getByText(seat.say('not allowed')).waitFor();
  const refused = await world.send(template(person(25 + turn), 'spring_offer', 'Anna'));
  const { rules } = await world.api('GET', `/api/v1/decisions/${refused.decision}`);
  assert.ok(rules.includes('consent.withdrawn'), rules.join());
});

story('a person is erased, asked twice and with a reason', at, async (seat, turn) => {
  await world.webhook(inbound({ from: person(80 + turn), body: 'Cancellatemi' }));
  const who = await world.api('POST', '/api/v1/people/find', { phone: person(80 + turn) });
  await seat.go(`#/people/${who.person}`);
  await seat.button('Erase this person').click();
  const dialog = seat.dialog;
  await dialog.field('Why, in words that name nobody: they stay on the ledger').fill('Asked by letter');
  await dialog.button('Go on').click();
  const last = dialog.button('Erase for good');
  assert.equal(await last.getAttribute('aria-disabled'), 'true');
  await dialog.field('Type {0} to confirm', seat.say('ERASE')).fill(seat.say('ERASE'));
  await last.click();
  await seat.page.getByText(seat.lang === 'it' ? /^La persona è cancellata/ : /^The person is erased; entry \d+ of the ledger says so/).waitFor();
  await assert.rejects(world.api('POST', '/api/v1/people/find', { phone: person(80 + turn) }), /404|Nobody/);
});

story('the warm-up is set by hand, with a second person and a reason', at, async (seat, turn) => {
  const young = `10020031${turn}`;
  await world.api('POST', '/api/v1/numbers', { waba: company.waba, id: young, display: `+39 333 123 431${turn}` });
  await seat.go(`#/numbers/${young}`);
  await seat.page.getByRole('heading', { name: seat.say('Why not more?') }).waitFor();
  await seat.button('Set the warm-up by hand').click();
  const dialog = seat.dialog;
  const set = dialog.button('Set it');
  await dialog.field('People a day from now on').fill(String(500 + turn));
  await dialog.field('Why, for those who come later').fill(`Meta confirmed the volume ${turn}`);
  assert.equal(await set.getAttribute('aria-disabled'), 'true');
  await seat.sees('It takes two: name somebody else who asked for it.');
  await dialog.field('Who asked for it, by name: somebody else than you').fill('Marta Neri');
  await set.click();
  await seat.sees('The number may reach {0} people a day from now on.', 500 + turn);
  assert.equal((await world.api('GET', `/api/v1/numbers/${young}`)).warmup.cap, 500 + turn);
  await cell(seat, `Meta confirmed the volume ${turn}`).first().waitFor();
});

story('a number is paused and goes on, each with a reason', at, async (seat, turn) => {
  await seat.go(`#/numbers/${company.number}`);
  await seat.button('Pause').first().click();
  await seat.dialog.field('Why, for those who come later').fill(`Troppe segnalazioni ${turn}`);
  await seat.dialog.button('Pause').click();
  await cell(seat, `Troppe segnalazioni ${turn}`).first().waitFor();
  await seat.button('Resume {0}', 'marketing').first().click();
  await seat.dialog.field('Why, for those who come later').fill('Chiarito con il negozio');
  await seat.dialog.button('Resume {0}', 'marketing').click();
  await seat.sees('Nothing of it is paused.');
});

story('the morning\'s look: the number in trouble stands first, and leads to what is the matter', at, async (seat) => {
  await world.api('PATCH', `/api/v1/numbers/${YOUNG}`, { quality: 'RED' });
  await seat.go('#/numbers');
  await seat.page.getByRole('link', { name: seat.say('All clients, by risk') }).click();
  await seat.settled();
  const first = seat.table('All numbers, by risk').locator('tbody tr').first();
  const now = seat.say('act now');
  await seat.reads(first, new RegExp(now));
  await first.getByRole('link').click();
  await seat.settled();
  await seat.reads(seat.page.locator('.verdict'), new RegExp(`^■ ${now}: `));
  await seat.check('the number in trouble');
  await seat.go('#/health');
  await seat.reads(seat.page.locator('.verdict').first(), /needs? attention|(richiede|richiedono) attenzione/);
  await seat.reads(seat.page.locator('.todo li').first(), new RegExp(now));
});

story('one client at a time: two keys choose it, its name stays in sight, and nothing of another is listed', at, async (seat) => {
  const { page } = seat;
  await seat.go('#/numbers');
  await page.getByText(OTHER.display).first().waitFor();
  const choice = page.getByRole('combobox', { name: seat.say('Client') });
  await choice.focus();
  await page.keyboard.press('B'); // of "Bottega Esempio"
  await page.getByText(OTHER.display).first().waitFor({ state: 'detached' });
  await page.getByText(OWN).first().waitFor();
  for (const [hash, own, others] of LISTS) {
    await seat.go(hash);
    const told = await page.locator('main').innerText();
    assert.ok(told.includes(own), `${hash} shows what is the client's`);
    assert.ok(!told.includes(others), `${hash} shows nothing of another`);
    assert.equal(await choice.evaluate((e) => e.selectedOptions[0].textContent), 'Bottega Esempio');
    assert.match(await page.locator('label.client').getAttribute('class'), /hue-\d/);
  }
  await choice.selectOption('');
});

story('what became other in the text of a template is shown in words', at, async (seat, turn) => {
  const name = `mended_${turn}`, path = `#/templates/${company.waba}/${name}/it`;
  const put = (body) => world.api('PATCH', `/api/v1/templates/${company.waba}/${name}/it`, {
    file: { name, language: 'it', category: 'UTILITY', components: [{ type: 'BODY', text: body }] } });
  await world.api('POST', '/api/v1/templates', { waba: company.waba, file: [{ name, language: 'it', category: 'UTILITY', components: [{ type: 'BODY', text: 'Ordine pronto.' }] }] });
  await seat.go(path);
  await seat.sees('No former text is kept: it has not changed since it is on record.');
  await put('Ordine spedito.');
  await put('Pacco spedito ieri.');
  const diff = seat.page.locator('.diff');
  await seat.page.reload();
  await seat.settled();
  await diff.waitFor();
  const marked = async (tag) => (await diff.locator(`${tag} > :not(.unseen), ${tag}`).evaluateAll((all) => all.map((e) => e.lastChild.textContent)));
  assert.deepEqual([await marked('del'), await marked('ins')], [['Ordine', 'spedito.'], ['Pacco', 'spedito ieri.']]);
  const former = seat.page.locator('select[name=from]');
  await seat.count(former.locator('option'), 2);
  await former.selectOption({ index: 1 });
  await diff.locator('del', { hasText: 'pronto.' }).waitFor();
  await seat.check('the diff');
});

story('a view is saved by a name, comes back with its filters after a reload, and is forgotten', at, async (seat, turn) => {
  const { page } = seat;
  const name = `<b>Rifiuti ${turn}`;
  await seat.go('#/decisions?verdict=refuse&rule=window.closed');
  const open = () => page.locator('details.views > summary').click();
  await open();
  assert.equal(await seat.button('Save this view').getAttribute('aria-disabled'), 'true');
  await seat.field('Name of this view').fill(name);
  await seat.button('Save this view').click();
  await seat.sees('Saved in this browser: {0}', name);
  await seat.go('#/templates');
  await page.reload();
  await seat.go('#/templates');
  await open();
  assert.equal(await page.getByRole('link', { name }).count(), 0, 'each list has its own');
  await seat.go('#/decisions');
  await open();
  await seat.check('saved views');
  await page.getByRole('link', { name }).click();
  await page.waitForFunction(() => location.hash === '#/decisions?verdict=refuse&rule=window.closed');
  await seat.settled();
  assert.equal(await page.locator('input[name=rule]').inputValue(), 'window.closed');
  await seat.button('Forget {0}', name).click();
  await page.getByRole('link', { name }).waitFor({ state: 'detached' });
  await page.waitForFunction(() => localStorage.getItem('varco-views') === '[]');
});

story('tables become dense, and stay so', at, async (seat) => {
  const { page } = seat;
  const dense = () => page.getByLabel(seat.say('Dense tables'));
  const reveal = async () => { if (!await dense().isVisible()) await page.locator('.menu').click(); };
  await seat.go('#/numbers');
  const height = () => page.locator('tbody tr').last().evaluate((e) => e.getBoundingClientRect().height);
  const before = await height();
  await reveal();
  await dense().check();
  await until(async () => await height() < before, 'lower rows');
  await page.reload();
  await seat.settled();
  await reveal();
  assert.equal(await dense().isChecked(), true);
  await seat.check('dense tables');
});
