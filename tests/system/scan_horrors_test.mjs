// dev: binary=both
// A tree of horrors is normal input: the scan ends, says what it left out and why, and finds what is there all the same.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, closeSync, ftruncateSync, readFileSync, rmSync, writeSync, writeFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { scratch, varcoBin } from './lib/process.mjs';

const BAD = 'const s = makeWASocket({});\n';
const home = scratch('scan-home');

function run(...args) {
  const env = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C' };
  return spawnSync(varcoBin, ['scan', ...args], { env, encoding: 'utf8', maxBuffer: 64 << 20 });
}

function scan(...args) {
  const r = run('--json', ...args);
  return { code: r.status, stderr: r.stderr, ...JSON.parse(r.stdout || '{}') };
}

const skipped = (report, words) => report.coverage.skipped.find((s) => s.reason.includes(words))?.count ?? 0;

// A zip of one member, written by hand.
function zip(name, data) {
  const packed = deflateRawSync(data);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(crc32(data), 14);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(data.length, 22);
  head.writeUInt16LE(name.length, 26);
  const local = Buffer.concat([head, Buffer.from(name), packed]);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  head.copy(entry, 6, 4, 30);
  const central = Buffer.concat([entry, Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

describe('a tree of horrors', () => {
  test('links, loops, pipes and the kernel are left alone', () => {
    const root = scratch('scan-links');
    const other = scratch('scan-other');
    writeFileSync(join(other, 'bad.js'), BAD);
    mkdirSync(join(root, 'a'));
    symlinkSync('..', join(root, 'a', 'up'));
    symlinkSync(other, join(root, 'outside'));
    symlinkSync(join(other, 'bad.js'), join(root, 'bad.js'));
    symlinkSync('nowhere', join(root, 'broken'));
    execFileSync('mkfifo', [join(root, 'pipe.js')]);
    const report = scan(root);
    assert.equal(report.code, 0);
    assert.equal(report.verdict, 'clean');
    assert.equal(skipped(report, 'links'), 4);
    assert.equal(skipped(report, 'pipes'), 1);
    assert.ok(skipped(scan('/proc/self'), 'kernel') > 0);
  });

  test('a sparse file of a terabyte is read where it has data', () => {
    const root = scratch('scan-sparse');
    const fd = openSync(join(root, 'huge.js'), 'w');
    ftruncateSync(fd, 2 ** 40);
    writeSync(fd, BAD, 2 ** 39);
    closeSync(fd);
    const report = scan(root);
    assert.equal(report.code, 3);
    assert.equal(report.findings[0].id, 'code.make-wa-socket');
    assert.ok(report.bytes < 2 ** 26);
    assert.equal(skipped(report, 'holes'), 1);
  });

  test('a bomb is opened no further than the limits, and an archive in an archive is read', () => {
    const root = scratch('scan-zip');
    writeFileSync(join(root, 'bomb.zip'), zip('zeros', Buffer.alloc(64 << 20)));
    writeFileSync(join(root, 'nested.zip'), zip('inner.zip', zip('src/bad.js', Buffer.from(BAD))));
    writeFileSync(join(root, 'torn.zip'), zip('bad.js', Buffer.from(BAD)).subarray(0, 40));
    const report = scan(root);
    assert.equal(report.code, 3);
    assert.deepEqual(report.findings.map((f) => f.path), ['nested.zip!/inner.zip!/src/bad.js']);
    assert.ok(skipped(report, 'limits') > 0);
    assert.ok(report.bytes < 2 ** 26);
  });

  test('names are any bytes, and none of them reaches the terminal', () => {
    const root = scratch('scan-names');
    const names = ['line\nbreak.js', 'tab\t.js', '\x1b]0;title\x07.js', '-rf.js', '"quote".js', '‮rlo.js'];
    for (const name of names) writeFileSync(join(root, name), BAD);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe, 0x2e, 0x6a, 0x73])]), BAD);
    const report = scan(root);
    assert.equal(report.findings.length, names.length + 1);
    const text = run(root);
    assert.equal(text.status, 3);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(text.stdout, /[\x00-\x08\x0b-\x1f\x7f]/);
  });

  test('deep directories are read, hostile ignore files do no harm', () => {
    const root = scratch('scan-deep');
    let at = root;
    for (let i = 0; i < 150; i++) mkdirSync(at = join(at, 'd'));
    writeFileSync(join(at, 'bad.js'), BAD);
    writeFileSync(join(root, '.gitignore'), `${'*a'.repeat(150)}b\n[\n**/**/**/x*y*z\n!\n/\n\\\n`.repeat(200));
    writeFileSync(join(root, 'a'.repeat(200)), 'x');
    const report = scan(root);
    assert.equal(report.findings.length, 1);
    assert.equal(report.findings[0].path, `${'d/'.repeat(150)}bad.js`);
  });

  test('bytes of no encoding do no harm', () => {
    const root = scratch('scan-bytes');
    const noise = Buffer.alloc(1 << 20);
    for (let i = 0; i < noise.length; i++) noise[i] = (i * 7919 + (i >> 8) * 31) & 255;
    for (const name of ['a.js', 'package.json', 'pnpm-lock.yaml', 'a.xml', 'a.py', 'go.mod', 'Preferences', 'a.xaml']) {
      writeFileSync(join(root, name), noise);
      writeFileSync(join(root, `whatsapp-${name}`), Buffer.concat([Buffer.from('whatsapp baileys {"'), noise]));
    }
    assert.equal(scan(root).code, 0);
  });
});

describe('exit codes and forms', () => {
  const root = scratch('scan-forms');
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src', 'bad.js'), BAD);
  writeFileSync(join(root, 'src', 'good.js'), "body = { messaging_product: 'whatsapp', to };\n");

  test('what fails is up to the caller', () => {
    assert.equal(run(root).status, 3);
    assert.equal(run('--fail-on', 'never', root).status, 0);
    assert.equal(run('--fail-on', 'sometimes', root).status, 2);
    assert.equal(run().status, 2);
    assert.equal(run(join(root, 'nothing')).status, 1);
  });

  test('a baseline allows what it knows and nothing more', () => {
    const file = join(scratch('scan-base'), 'base.json');
    assert.equal(run('--write-baseline', file, root).status, 3);
    assert.equal(run('--baseline', file, root).status, 0);
    writeFileSync(join(root, 'src', 'new.js'), BAD);
    const report = scan('--baseline', file, root);
    assert.equal(report.code, 3);
    assert.deepEqual(report.findings.filter((f) => f.verdict === 'unofficial' && !f.allowed).map((f) => f.path), ['src/new.js']);
    assert.equal(run('--baseline', join(root, 'src', 'bad.js'), root).status, 2);
  });

  test('a register survives scans, and what is gone is removed', () => {
    const own = scratch('scan-register');
    const file = join(scratch('scan-register-file'), 'register.json');
    writeFileSync(join(own, 'bad.js'), BAD);
    const register = () => {
      run('--register', file, own);
      return JSON.parse(readFileSync(file, 'utf8'));
    };
    const before = register();
    assert.deepEqual(before.entries.map((e) => [e.id, e.state]), [['code.make-wa-socket:bad.js', 'open']]);
    before.entries[0].owner = 'Anna';
    writeFileSync(file, JSON.stringify(before));
    rmSync(join(own, 'bad.js'));
    const [gone] = register().entries;
    assert.equal(gone.state, 'removed');
    assert.equal(gone.owner, 'Anna');
    assert.equal(gone.first_seen, before.entries[0].first_seen);
    writeFileSync(join(own, 'bad.js'), BAD);
    assert.equal(register().entries[0].state, 'open');
  });

  test('the forms that programs read are well formed', () => {
    const sarif = JSON.parse(run('--format', 'sarif', root).stdout);
    assert.equal(sarif.version, '2.1.0');
    const [{ results, tool }] = sarif.runs;
    assert.ok(results.length >= 3);
    for (const r of results) {
      assert.equal(tool.driver.rules[r.ruleIndex].id, r.ruleId);
      assert.match(r.locations[0].physicalLocation.artifactLocation.uri, /^src\//);
      assert.match(r.partialFingerprints.primaryLocationLineHash, /^[0-9a-f]{32}$/);
    }
    const bom = JSON.parse(run('--format', 'cyclonedx', root).stdout);
    assert.equal(bom.specVersion, '1.6');
    assert.match(run('--format', 'html', '--lang', 'it', root).stdout, /<html lang="it">/);
  });

  test('the same tree gives the same report, whoever was faster', () => {
    const strip = ({ findings }) => findings;
    assert.deepEqual(strip(scan('--jobs', '1', root)), strip(scan('--jobs', '4', root)));
  });
});
