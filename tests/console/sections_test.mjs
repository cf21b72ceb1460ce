// dev: binary=release
// dev: long
// Every page of the console that a link leads to, in both languages and looks, wide and narrow: no barrier that axe finds,
// nothing that the policy had to refuse, no error, no sideways scrolling, and hostile names and texts as nothing but text.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startWorld } from '../system/lib/varco.mjs';
import { consoleLink, startBrowser } from './lib/browser.mjs';
import { matrix } from './lib/stories.mjs';
import { crawl, dress } from './lib/tour.mjs';

const extra = process.env.VARCO_CONSOLE_MATRIX === 'all' ? [['it', 'contrast', 1280], ['en', 'system', 320]] : [];

let world, browser, ids;
before(async () => {
  [world, browser] = await Promise.all([startWorld({ company: { people: 40 } }), startBrowser()]);
  ids = await dress(world, { hostile: true });
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

// What a payload would have left behind, and links that lead out.
function traces() {
  const own = /^(#|licences\.txt$|blob:|\/api\/v1\/)/;
  return [
    globalThis.pwned !== undefined && 'something ran',
    ...[...document.querySelectorAll('body script, iframe, object, embed, img, base, [onerror], [onload], [onclick]')].map((e) => e.outerHTML.slice(0, 120)),
    ...[...document.querySelectorAll('body a')].map((a) => a.getAttribute('href') ?? '').filter((h) => !own.test(h)).map((h) => `a link to ${h}`),
  ].filter(Boolean);
}

async function look(seat, width) {
  const { page } = seat;
  const wrong = [...await seat.axe(), ...await page.evaluate(traces)];
  if (await page.locator('h1').count() !== 1) wrong.push('not one h1');
  if (!await page.title()) wrong.push('no title');
  const over = await seat.overflow();
  if (over > 0) wrong.push(`scrolls sideways by ${over} at ${width}`);
  return [...wrong, ...seat.troubles.splice(0)];
}

describe('every page', () => {
  test('the company has everything that there is to show', () => assert.deepEqual(ids.refused, []));
  for (const [lang, look_, width] of [...matrix, ...extra]) {
    test(`${lang}, ${look_}, ${width} wide`, async () => {
      const seat = await browser.seat({ lang, look: look_, width });
      await seat.signIn(await consoleLink(world));
      const found = {};
      let pages = 0;
      for await (const { kind, hash } of crawl(seat)) {
        pages++;
        await seat.page.$$eval('main details', (all) => all.forEach((d) => { d.open = true; }));
        const wrong = await look(seat, width);
        if (wrong.length) found[`${kind} (${hash})`] = wrong;
      }
      await seat.end();
      assert.deepEqual(found, {});
      assert.ok(pages >= 5, `${pages} pages`);
    });
  }
});
