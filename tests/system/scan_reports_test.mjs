// dev: binary=release
// What `varco scan` writes for other programs, against the published schemas: SARIF 2.1.0 (the schema that Microsoft's own matchers
// carry) and CycloneDX 1.6 (that of its library), both from the packages that tests/clients/package-lock.json pins.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCorpus, unpack } from '../scan/trees.mjs';
import { scratch, varcoBin } from './lib/process.mjs';

const packages = fileURLToPath(new URL('../clients/node_modules/', import.meta.url));
const require = createRequire(join(packages, 'here.js'));
const Ajv = require('ajv').default;
const AjvOld = require('ajv-draft-04').default;
const addFormats = require('ajv-formats').default;

const schema = (path) => JSON.parse(readFileSync(join(packages, path), 'utf8'));

function sarifValidator() {
  // One of the schema's patterns is none for Unicode.
  const ajv = new AjvOld({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats(ajv);
  return ajv.compile(schema('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'));
}

function cyclonedxValidator() {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const folder = '@cyclonedx/cyclonedx-library/res/schema';
  addFormats(ajv);
  ajv.addFormat('iri-reference', true);
  ajv.addFormat('idn-email', true);
  ajv.addSchema(schema(`${folder}/spdx.SNAPSHOT.schema.json`), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
  ajv.addSchema(schema(`${folder}/jsf-0.82.SNAPSHOT.schema.json`), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
  return ajv.compile(schema(`${folder}/bom-1.6.SNAPSHOT.schema.json`));
}

const root = scratch('scan-reports');
const env = { PATH: process.env.PATH, HOME: root, LC_ALL: 'C' };

function report(format, paths, ...more) {
  const run = spawnSync(varcoBin, ['scan', '--format', format, '--fail-on', 'never', ...more, ...paths], { env, maxBuffer: 256 << 20 });
  assert.equal(run.status, 0, String(run.stderr));
  return JSON.parse(run.stdout);
}

const trees = readCorpus().map(({ name }) => {
  const directory = join(root, name);
  mkdirSync(directory);
  unpack(name, directory);
  return directory;
});

// A hundred roots at a time: fewer than a scan takes.
const groups = Array.from({ length: Math.ceil(trees.length / 100) }, (_, i) => trees.slice(i * 100, i * 100 + 100));

// Names and contents that are hard to write down.
const odd = join(root, 'odd names');
mkdirSync(odd);
for (const name of ['a b.js', 'ünï%20#?.js', 'new\nline.js', '\u{1F600}.js', 'quote".js']) {
  writeFileSync(join(odd, name), "// varco:allow npm.baileys reason=\"tab\\tand \\\"quotes\\\"\" until=2999-01-01\nrequire('baileys');\n");
}
writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.js')]), "require('venom-bot');\n");

const complaints = (validate) => JSON.stringify(validate.errors?.slice(0, 3));

describe('SARIF', () => {
  const validate = sarifValidator();

  test('the schema refuses what is none', () => {
    assert.ok(!validate({ runs: [] }));
    assert.ok(!validate({ version: '2.1.0', runs: [{ results: [] }] }));
    assert.ok(!validate({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{ level: 'fatal', message: { text: 'x' } }] }] }));
  });

  test('the whole corpus fits it, notes included', () => {
    let results = 0;
    for (const group of groups) {
      const sarif = report('sarif', group, '--notes');
      assert.ok(validate(sarif), complaints(validate));
      results += sarif.runs[0].results.length;
    }
    assert.ok(results > 800);
  });

  test('so do odd names, allowed findings and an empty tree', () => {
    const sarif = report('sarif', [odd]);
    assert.ok(validate(sarif), complaints(validate));
    const { results } = sarif.runs[0];
    assert.equal(results.length, 6);
    assert.ok(results.filter((r) => r.suppressions?.length).length >= 5);
    for (const { locations: [{ physicalLocation: { artifactLocation } }] } of results) {
      assert.doesNotThrow(() => new URL(artifactLocation.uri, 'file:///tree/'), artifactLocation.uri);
    }
    const empty = join(root, 'empty');
    mkdirSync(empty);
    assert.ok(validate(report('sarif', [empty])), complaints(validate));
  });

  test('it has what code scanning reads', () => {
    const { runs: [run] } = report('sarif', [trees[0]]);
    const { driver } = run.tool;
    assert.ok(driver.name && driver.semanticVersion && driver.rules.length > 0);
    for (const rule of driver.rules) {
      assert.ok(rule.id && rule.name && rule.shortDescription.text && rule.fullDescription.text && rule.help.text && rule.help.markdown);
      assert.ok(rule.defaultConfiguration.level && rule.properties.tags && rule.properties.precision);
      assert.ok(rule.properties['security-severity']);
    }
    for (const result of run.results) {
      assert.equal(driver.rules[result.ruleIndex ?? driver.rules.findIndex((r) => r.id === result.ruleId)].id, result.ruleId);
      assert.ok(result.partialFingerprints.primaryLocationLineHash);
      assert.ok(result.locations[0].physicalLocation.artifactLocation.uri);
    }
    assert.ok(run.automationDetails.id);
  });
});

describe('CycloneDX', () => {
  const validate = cyclonedxValidator();

  test('the schema refuses what is none', () => {
    assert.ok(!validate({ bomFormat: 'CycloneDX' }));
    assert.ok(!validate({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'nonsense', name: 'x' }] }));
  });

  test('the whole corpus and odd names fit it', () => {
    for (const group of [...groups, [odd]]) {
      const bom = report('cyclonedx', group);
      assert.ok(validate(bom), complaints(validate));
      assert.equal(bom.specVersion, '1.6');
    }
  });
});
