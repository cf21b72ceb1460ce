// dev: long
// dev: binary=release
// The console in use: without a mouse, in words of its own only, as things change, and by somebody who may little.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, person, startWorld, text, until } from '../system/lib/varco.mjs';
import { consoleLink, startBrowser } from './lib/browser.mjs';
import { crawl, dress } from './lib/tour.mjs';

let world, browser, ids;
before(async () => {
  [world, browser] = await Promise.all([startWorld({ company: { people: 40 } }), startBrowser()]);
  ids = await dress(world);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

async function sit(options) {
  const seat = await browser.seat(options);
  await seat.signIn(await consoleLink(world));
  await seat.settled();
  return seat;
}

const focused = (page) => page.evaluate(() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  return {
    name: `${e.tagName.toLowerCase()} ${(e.getAttribute('aria-label') ?? e.textContent ?? '').trim().slice(0, 40)}`,
    body: e === document.body,
    // The parts of a field for dates show the browser's own mark.
    seen: /^(date|time|month)/.test(e.type ?? '') || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0,
  };
});

test('the link is good once, and leaves the address', async () => {
  const link = await consoleLink(world);
  const first = await browser.seat();
  await first.signIn(link);
  assert.doesNotMatch(first.page.url(), /link=/);
  await first.end();
  const second = await browser.seat();
  await second.page.goto(link);
  await second.page.getByRole('alert').waitFor();
  assert.equal(await second.page.locator('nav').count(), 0);
  await second.end();
});

test('every section by the keyboard alone: each stop is seen, and there is a way on', async () => {
  const seat = await sit();
  const { page } = seat;
  const stuck = {};
  const sections = await page.$$eval('nav a', (all) => all.map((a) => a.getAttribute('href')));
  for (const hash of sections) {
    await seat.go(hash);
    await page.locator('.skip').focus();
    const stops = [await focused(page)];
    for (let i = 0; i < 300; i++) {
      await page.keyboard.press('Tab');
      const now = await focused(page);
      if (now.body) break;
      stops.push(now);
    }
    const hidden = stops.filter((s) => !s.seen || !s.inside).map((s) => s.name);
    if (hidden.length || stops.length === 300 || stops.length < sections.length) stuck[hash] = { stops: stops.length, hidden };
  }
  assert.deepEqual(stuck, {});
  assert.deepEqual(seat.troubles, []);
  await seat.end();
});

test('the first stop skips to the content; a section says where one is', async () => {
  const seat = await sit();
  const { page } = seat;
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Tab');
  assert.match((await focused(page)).name, /Skip to the content/);
  await page.keyboard.press('Enter');
  assert.match((await focused(page)).name, /^h1 /);
  await page.locator('nav a', { hasText: 'Numbers' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1' && document.activeElement.textContent === 'Numbers');
  await page.waitForFunction(() => document.title === 'Numbers – Varco');
  assert.equal(await page.locator('nav a[aria-current=page]').textContent(), 'Numbers');
  await seat.end();
});

test('"/" searches: a decision by its id, a person without leaving the number in the address', async () => {
  const seat = await sit();
  const { page } = seat;
  await page.keyboard.press('/');
  await page.keyboard.type(ids.decision);
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => location.hash === `#/decisions/${id}`, ids.decision);
  await seat.settled();
  await page.getByText('window.closed').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('+39 333 123 4515');
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => !location.hash.includes(id), ids.decision);
  await seat.settled();
  assert.doesNotMatch(await seat.address(), /333/);
  await seat.end();
});

test('"?" tells the shortcuts, "g n" goes to the numbers, and they can be switched off', async () => {
  const seat = await sit();
  const { page } = seat;
  // The second key counts for a second and a half: on a busy machine they are pressed again.
  await until(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await seat.settled();
    return await seat.address() === '#/numbers';
  }, 'the numbers');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  assert.deepEqual(await seat.axe(), []);
  await dialog.getByRole('checkbox').press('Space');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  for (const key of ['g', 'd', '/', '?']) await page.keyboard.press(key);
  await seat.settled();
  assert.equal(await seat.address(), '#/numbers');
  assert.notEqual(await page.evaluate(() => document.activeElement.id), 'search');
  assert.equal(await dialog.isVisible(), false);
  assert.deepEqual(seat.troubles, []);
  await seat.end();
});

test('marketing stops with a reason and a typed word, by the keyboard, and says that it did', async () => {
  const seat = await sit({ lang: 'it' });
  const { page } = seat;
  await page.getByRole('button', { name: 'Ferma il marketing' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.match((await focused(page)).name, /Ferma il marketing/, 'the focus comes back');
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  const now = dialog.getByRole('button', { name: 'Ferma ora' });
  assert.equal(await now.getAttribute('aria-disabled'), 'true');
  await now.press('Enter');
  await seat.settled();
  assert.equal((await world.api('GET', '/api/v1/pauses')).items.some((p) => p.id === company.number), false);
  await dialog.getByLabel(/Perché/).fill('Prova dei tasti');
  await dialog.getByLabel(/FERMA/).fill('FERMA');
  await now.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(/Il marketing è fermo/).waitFor();
  const pauses = (await world.api('GET', '/api/v1/pauses')).items.filter((p) => p.reason === 'Prova dei tasti');
  assert.deepEqual(pauses.map((p) => p.id).sort(), company.numbers);
  assert.deepEqual(seat.troubles, []);
  await seat.end();
});

test('what happens is shown as it happens, without asking every few seconds', async () => {
  const seat = await sit();
  const { page } = seat;
  await page.getByText('Shown as it changes').waitFor();
  await seat.go('#/decisions');
  const sent = await world.send(text(person(25), 'Una prova'));
  await page.locator(`main a[href="#/decisions/${sent.decision}"]`).first().waitFor();
  assert.deepEqual(seat.troubles, []);
  await seat.end();
});

function listenIn() {
  globalThis.heard = new Set();
  const hear = (value) => {
    if (typeof value === 'string') globalThis.heard.add(value);
    else if (value && typeof value === 'object') Object.entries(value).forEach(([k, v]) => { globalThis.heard.add(k); hear(v); });
  };
  const { json } = Response.prototype;
  Response.prototype.json = async function () {
    const value = await json.call(this);
    hear(value);
    return value;
  };
}

test('every word is one of ours, or came from the API', async () => {
  // What the page is told is noted in the page itself, before it can show it.
  const seat = await browser.seat({ lang: 'marked', init: listenIn });
  await seat.signIn(await consoleLink(world));
  const found = {};
  for await (const { kind } of crawl(seat)) {
    await seat.page.$$eval('main details', (all) => all.forEach((d) => { d.open = true; }));
    const { bare, heard: told } = await seat.page.evaluate(() => {
      const outside = 'bdi, code, pre, time, script, style, noscript, bdo, [translate=no]';
      const seen = [];
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let n = walk.nextNode(); n; n = walk.nextNode()) if (!n.parentElement.closest(outside)) seen.push(n.data);
      for (const e of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
        if (!e.matches('time')) seen.push(...['aria-label', 'title', 'placeholder', 'alt'].map((a) => e.getAttribute(a) ?? ''));
      }
      return { bare: [document.title, ...seen], heard: [...globalThis.heard] };
    });
    const heard = new Set(told);
    // Names of forms, states in Meta's own words, codes, dates as the browser writes them, languages by their own name.
    const names = /^([A-Z_]{2,}|[a-z]+\.[a-z_]+|\p{L}{3,4} \d{1,2}|\d{1,2} \p{L}{3,4}|Italiano|English)$/u;
    const known = (w) => w.split(/,\s*/).every((part) => heard.has(part) || names.test(part));
    const words = bare.map((w) => w.replace(/⟦[^⟦⟧]*(?:⟦[^⟦⟧]*⟧[^⟦⟧]*)*⟧/g, '').trim()).filter((w) => /\p{L}{2}/u.test(w) && !known(w));
    const ours = words.filter((w) => ![...heard].some((h) => h.length > 3 && h.includes(w)) && w !== 'Varco');
    if (ours.length) found[kind] = [...new Set(ours)];
  }
  assert.deepEqual(found, {});
  await seat.end();
});
