// dev: binary=release
// Stories of those who send to many: a campaign that is checked, mended, approved, released and held; its template paused by
// Meta; past traffic analyzed. Each is done in the page, and held against what the gateway and the simulator know.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { comingDay, company, crowd, grant, startWorld, until } from '../system/lib/varco.mjs';
import { consoleLink, startBrowser } from './lib/browser.mjs';

const AGREED = 130, NEVER = 20;
const people = Array.from({ length: AGREED + NEVER }, (_, i) => crowd(i));
const table = `phone;order;source\n${people.map((p, i) => `${p};A${i};${i < AGREED ? 'shop' : 'Fiera 2022'}`).join('\n')}\n`;
const hostile = '<img src=x onerror=alert(1)>';

const en = {
  draft: 'Make the draft', check: 'Check the audience now', leaveOut: /^Leave out 20 people of “Fiera 2022”/, approve: 'Approve as checked',
  release: 'Release …', releaseNow: 'Release', hold: 'Hold', resume: 'Resume', held: /It is held/, notAuthor: /made this campaign: somebody else approves it/,
  showRows: 'Show the 20 rows', back: 'Back to the campaign', paused: /Meta has paused this template/, campaignPaused: /It is paused because/,
  analyze: 'Analyze', says: 'Of 85 messages 11 would not have left, 2 would have waited, and 72 would have left.', html: 'Download the report (HTML)',
  remove: 'Remove', noTraffic: 'Choose the traffic first.',
  sums: (left, waiting) => `${left} of 150 have left, ${waiting} wait`,
};
const it = {
  draft: 'Crea la bozza', check: 'Verifica ora il pubblico', leaveOut: /^Lascia fuori 20 persone di “Fiera 2022”/, approve: 'Approva com’è stata verificata',
  release: 'Rilascia …', releaseNow: 'Rilascia', hold: 'Metti in sospeso', resume: 'Riprendi', held: /È in sospeso/, notAuthor: /ha creato questa campagna/,
  showRows: 'Mostra le 20 righe', back: 'Torna alla campagna', paused: /Meta ha messo in pausa questo modello/, campaignPaused: /È in pausa perché/,
  analyze: 'Analizza', says: 'Su 85 messaggi 11 non sarebbero partiti, 2 avrebbero atteso e 72 sarebbero partiti.', html: 'Scarica il rapporto (HTML)',
  remove: 'Rimuovi', noTraffic: 'Scegli prima il traffico.',
  sums: (left, waiting) => `${left} su 150 sono partiti, ${waiting} attendono`,
};

let world, browser;
before(async () => {
  [world, browser] = await Promise.all([
    startWorld({ sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 0 } }),
    startBrowser(),
  ]);
  await world.sim.clock({ now: comingDay(1, 10) });
  await grant(world.api, people.slice(0, AGREED), 'utility');
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

async function sit(options) {
  const seat = await browser.seat(options);
  await seat.signIn(await consoleLink(world));
  const press = (name) => seat.page.getByRole('button', { name, exact: typeof name === 'string' }).first().click();
  const sees = (what) => seat.page.getByText(what).first().waitFor();
  return { ...seat, press, sees };
}

async function draft(seat, words, name) {
  const { page } = seat;
  await seat.go('#/campaigns/new');
  await page.fill('[name=name]', name);
  await page.selectOption('[name=number]', company.number);
  await page.selectOption('[name=template]', 'order_shipped/it');
  await page.setInputFiles('[name=audience]', { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
  await page.selectOption('[name=column-1]', 'order');
  await page.locator('.bubble mark').filter({ hasText: 'A0' }).waitFor();
  await page.fill('[name=by]', 'Marta Neri');
  await seat.press(words.draft);
  await page.waitForFunction(() => /cmp_/.test(location.hash));
  return /cmp_\w+/.exec(await seat.address())[0];
}

const show = (id) => world.api('GET', `/api/v1/campaigns/${id}`);

for (const [lang, look, width, words] of [['en', 'light', 1280, en], ['it', 'dark', 390, it]]) {
  test(`a campaign is checked, mended, approved by another, released and held (${lang})`, async () => {
    const mark = await world.sim.mark();
    const seat = await sit({ lang, look, width });
    const { page, press, sees } = seat;
    const id = await draft(seat, words, `${hostile} ${lang}`);
    await sees(`${hostile} ${lang}`);
    await press(words.check);
    await seat.page.getByRole('link', { name: words.showRows }).first().click();
    await until(async () => (await page.locator('tbody tr').count()) === NEVER, 'the figure opens into its rows');
    await page.getByRole('link', { name: words.back }).click();
    await press(words.leaveOut);
    await until(async () => (await show(id)).people.suspended === NEVER, 'the list is left out');
    await sees(words.notAuthor);
    await page.getByRole('button', { name: words.approve }).click({ force: true });
    await seat.settled();
    assert.equal((await show(id)).state, 'draft', 'its author cannot');

    await page.locator('[name=by]').first().fill('Luca Bianchi');
    await press(words.approve);
    await until(async () => (await show(id)).state === 'approved', 'approval');
    await press(words.release);
    await page.getByRole('dialog').getByRole('button', { name: words.releaseNow, exact: true }).click();
    await until(async () => (await show(id)).state === 'released', 'release');
    assert.equal((await world.sim.sends(mark)).length, 0, 'nothing leaves in the grace period');
    await world.sim.clock({ advance_ms: 61000 });
    await until(async () => (await world.sim.sends(mark)).length > 0, 'the first send');
    await page.fill('[name=reason]', 'Troppe domande');
    await press(words.hold);
    await sees(words.held);
    let gone;
    const settled = await until(async () => {
      const x = await show(id);
      gone = (await world.sim.sends(mark)).length;
      return x.people.queued === 0 && x.people.sent === gone && x;
    }, 'what was under way');
    assert.deepEqual([settled.state, settled.reason, settled.approved_by], ['held', 'Troppe domande', 'Luca Bianchi']);
    await sees(words.sums(gone, 150 - gone));
    await sees('Troppe domande');
    assert.deepEqual(await seat.axe(), []);
    assert.equal(await seat.overflow(), 0);
    assert.deepEqual(seat.troubles, []);
    await world.api('POST', `/api/v1/campaigns/${id}/cancel`, { reason: 'the end' });
    await world.api('POST', '/api/v1/sources/resume', { source: 'Fiera 2022' });
    await seat.end();
  });

  test(`a template that Meta pauses says so, and its campaign (${lang})`, async () => {
    const seat = await sit({ lang, look, width });
    const id = await draft(seat, words, `Paused ${lang}`);
    const path = `/api/v1/templates/${company.waba}/order_shipped/it`;
    await world.api('POST', `/api/v1/campaigns/${id}/preflight`);
    await world.api('POST', `/api/v1/campaigns/${id}/approve`, { by: 'Luca Bianchi' });
    await world.api('POST', `/api/v1/campaigns/${id}/release`);
    await world.api('PATCH', path, { status: 'PAUSED' });
    await world.sim.clock({ advance_ms: 61000 });
    await until(async () => (await show(id)).state === 'paused', 'the campaign is paused');
    await seat.go(`#/templates/${company.waba}/order_shipped/it`);
    await seat.sees(words.paused);
    await seat.page.getByRole('link', { name: `Paused ${lang}` }).click();
    await seat.sees(words.campaignPaused);
    await seat.go('#/templates?status=PAUSED');
    await seat.page.getByRole('link', { name: 'order_shipped' }).waitFor();
    assert.deepEqual(await seat.axe(), []);
    assert.deepEqual(seat.troubles, []);
    await world.api('POST', `/api/v1/campaigns/${id}/cancel`);
    await world.api('PATCH', path, { status: 'APPROVED' });
    await seat.end();
  });

  test(`past traffic is analyzed, shown, fetched and gone (${lang})`, async () => {
    const seat = await sit({ lang, look, width });
    const { page, press, sees } = seat;
    const file = (name) => new URL(`../analyze/${name}`, import.meta.url).pathname;
    await seat.go('#/analyze');
    await sees(words.noTraffic);
    for (const [field, name] of [['traffic', 'traffic.csv'], ['consents', 'consents.csv'], ['inbound', 'inbound.csv'], ['definitions', 'templates.json']])
      await page.setInputFiles(`[name=${field}]`, file(name));
    await page.fill('[name=zone]', 'UTC');
    await press(words.analyze);
    await sees(words.says);
    await page.$$eval('main details', (all) => all.forEach((d) => { d.open = true; }));
    assert.deepEqual(await seat.axe(), []);
    assert.equal(await seat.overflow(), 0);
    const [download] = await Promise.all([page.waitForEvent('download'), press(words.html)]);
    assert.match(readFileSync(await download.path(), 'utf8'), new RegExp(`^<!DOCTYPE html>\\s*<html lang="${lang}"`));
    await press(words.remove);
    await page.waitForFunction(() => location.hash === '#/analyze');
    assert.deepEqual((await world.api('GET', '/api/v1/analyses')).items, []);
    assert.deepEqual(seat.troubles, []);
    await seat.end();
  });
}
