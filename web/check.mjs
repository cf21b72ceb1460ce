// node web/check.mjs FOLDER: what the console promises of itself, held against its sources and against what build.mjs made of
// them in FOLDER: its size, what it stands on, and that nothing in it makes markup or code out of strings.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const FIRST_VIEW = 80_000; // bytes that come before something is seen, zipped
const ALL = 200_000;
const DEPENDENCIES = 6;
const LICENCES = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];

const BANNED = [
  [/dangerouslySetInnerHTML|\b(inner|outer)HTML\b|insertAdjacentHTML|createContextualFragment|setHTML/, 'markup out of a string'],
  [/\bdocument\.write|\bsrcdoc\b|DOMParser/, 'markup out of a string'],
  [/\beval\s*\(|\bnew Function\b|set(Timeout|Interval)\(\s*['"`]/, 'code out of a string'],
  [/javascript:/i, 'an address that is code'],
  [/<(iframe|object|embed)\b/, 'a page within the page'],
  [/https?:\/\/(?!www\.w3\.org)/, 'an address outside'],
  [/@ts-(ignore|nocheck)|\bas any\b|: any\b/, 'a type that says nothing'],
];

const here = new URL('.', import.meta.url).pathname;
const folder = process.argv[2];
const breaches = [];

function lint(path) {
  readFileSync(path, 'utf8').split('\n').forEach((line, i) => {
    for (const [pattern, what] of BANNED)
      if (pattern.test(line)) breaches.push(`${relative('.', path)}:${i + 1}: ${what}: ${line.trim()}`);
  });
}

function standsOn() {
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  const names = Object.keys(dependencies);
  if (names.length > DEPENDENCIES) breaches.push(`web/package.json: ${names.length} packages run in the browser; ${DEPENDENCIES} may`);
  for (const name of names) {
    const own = JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8'));
    if (!LICENCES.includes(own.license)) breaches.push(`${name}: the licence ${own.license} is none of ${LICENCES.join(', ')}`);
    if (Object.keys(own.dependencies ?? {}).length) breaches.push(`${name}: brings packages of its own`);
  }
}

const size = (name) => {
  try {
    return readFileSync(join(folder, `${name}.gz`)).length;
  } catch {
    return readFileSync(join(folder, name)).length;
  }
};

// What a file needs before it runs, itself included; `also` names what it asks for by import() that counts too.
function needs(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = readFileSync(join(folder, name), 'utf8');
  for (const [, other] of text.matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g)) needs(other, seen);
  return seen;
}

// The page, its style, the frame and the section that it opens with.
function firstView(names) {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const [, main] = /src="(main-[\w-]+\.js)"/.exec(page);
  const health = names.find((n) => /^health-[\w-]+\.js$/.test(n));
  return new Set(['index.html', names.find((n) => n.endsWith('.css')), ...needs(main), ...(health ? needs(health) : [])]);
}

function sizes() {
  const names = readdirSync(folder).filter((n) => !/\.(gz|br|txt)$/.test(n));
  const sum = (list) => [...list].reduce((n, name) => n + size(name), 0);
  const first = sum(firstView(names)), all = sum(names);
  console.log(`the console, zipped: first view ${first} of ${FIRST_VIEW} bytes, all ${all} of ${ALL}`);
  if (first > FIRST_VIEW) breaches.push(`the first view has ${first} bytes, ${FIRST_VIEW} are allowed`);
  if (all > ALL) breaches.push(`the whole console has ${all} bytes, ${ALL} are allowed`);
}

for (const entry of readdirSync(join(here, 'src'), { recursive: true, withFileTypes: true }))
  if (/\.tsx?$/.test(entry.name)) lint(join(entry.parentPath ?? entry.path, entry.name));
standsOn();
sizes();
breaches.forEach((b) => console.error(b));
process.exit(breaches.length ? 1 : 0);
