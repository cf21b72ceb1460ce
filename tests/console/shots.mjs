// Pictures of every section of the console, in both languages: node tests/console/shots.mjs FOLDER [SECTION…]
// What Chromium gives is made again with a palette where that is smaller.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { company, startWorld } from '../system/lib/varco.mjs';
import { consoleLink, startBrowser } from './lib/browser.mjs';
import { smallPng } from './lib/png.mjs';
import { dress } from './lib/tour.mjs';

const [folder, ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
if (!wanted.length) for (const name of readdirSync(folder)) if (name.endsWith('.png')) rmSync(join(folder, name));

const world = await startWorld({ company: { people: 40 } });
const ids = await dress(world);
const more = { // what is no section of the navigation, and one thing of many
  decisions: [['decisions-one', ids.decision]],
  campaigns: [['campaigns-one', ids.campaign]],
  incidents: [['incidents-one', ids.incident]],
  people: [['stops', '#/stops']],
  templates: [['templates-one', `${company.waba}/fiera/it`]],
  settings: [['settings-proposal', `policy/${ids.proposal}`]],
};
let bytes = 0;

async function shoot(seat, name) {
  const picture = smallPng(await seat.page.screenshot());
  bytes += picture.length;
  writeFileSync(join(folder, name), picture);
}

for (const lang of ['en', 'it']) {
  const browser = await startBrowser({ lang });
  const seat = await browser.seat({ lang, height: 800 });
  await seat.signIn(await consoleLink(world));
  const sections = await seat.page.$$eval('nav a', (all) => all.map((a) => a.getAttribute('href').slice(2)));
  for (const section of sections.filter((s) => !wanted.length || wanted.includes(s))) {
    await seat.go(`#/${section}`);
    await shoot(seat, `${section}.${lang}.png`);
    for (const [name, place] of more[section] ?? []) {
      await seat.go(place.startsWith('#') ? place : `#/${section}/${place}`);
      await shoot(seat, `${name}.${lang}.png`);
    }
  }
  await browser.close();
}
await world.stop();
console.log(`${bytes} bytes of pictures in ${folder}`);
