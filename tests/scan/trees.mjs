// The labelled corpus: one text file for each tree, written out where a scan can walk it.
//
//   const corpus = readCorpus();                 // [{ name, verdict, findings: [{ path, line, id, verdict, place, also }] }]
//   unpack(name, directory);                     // the tree below that directory
//
// A tree file is comments ("# …") and then files: "=== path" in front of the lines of each. Behind the path may stand " | utf16le",
// and "box.zip!/inner" puts the file into an archive (zip, docx, tgz; they nest). {{META_TOKEN}}, {{FILLER:n}} and {{HOSTS:n}} stand
// for what should not lie in a repository: something that looks like a key, a line of many bytes, many hosts.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 as nodeCrc32, deflateRawSync, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));

export function readCorpus() {
  const lines = readFileSync(join(here, 'expected.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const trees = new Map();
  for (const { about, tree, ...rest } of lines) {
    if (about) continue;
    if (!rest.id) trees.set(tree, { name: tree, verdict: rest.verdict, findings: [] });
    else trees.get(tree).findings.push(rest);
  }
  return [...trees.values()];
}

export const treeNames = () => readdirSync(join(here, 'trees')).map((file) => file.replace(/\.txt$/, '')).sort();

// --- bytes ---

function crc32(bytes) {
  if (nodeCrc32) return nodeCrc32(bytes);
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// What both headers of a member share: version, flags, method, time, date, sum and sizes.
function zipFields(member) {
  const b = Buffer.alloc(26);
  b.writeUInt16LE(20, 0);
  b.writeUInt16LE(8, 4);
  b.writeUInt16LE(0x21, 8);
  b.writeUInt32LE(member.crc, 10);
  b.writeUInt32LE(member.packed.length, 14);
  b.writeUInt32LE(member.bytes.length, 18);
  b.writeUInt16LE(member.name.length, 22);
  return b;
}

function zip(files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [path, bytes] of files) {
    const member = { name: Buffer.from(path), bytes, crc: crc32(bytes), packed: deflateRawSync(bytes) };
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), zipFields(member), member.name, member.packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), zipFields(member), rest, member.name]));
    parts.push(local);
    at += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, index, end]);
}

function tar(files) {
  const parts = [];
  for (const [path, bytes] of files) {
    const head = Buffer.alloc(512);
    head.write(path, 0);
    head.write('0000644\0' + '0000000\0' + '0000000\0' + bytes.length.toString(8).padStart(11, '0') + '\0' + '00000000000\0', 100);
    head.write('        0', 148);
    head.write('ustar\x0000', 257);
    head.write(head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0') + '\0 ', 148);
    parts.push(head, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const archivers = { zip, docx: zip, tgz: (files) => gzipSync(tar(files)), tar };

// --- trees ---

const tokens = {
  META_TOKEN: () => 'EAA' + 'BsbCS1iHgB'.repeat(12),
  FILLER: (n) => 'var q=0;'.repeat(n / 8),
  HOSTS: (n) => Array.from({ length: n }, (_, i) => `ads${i}.example.net`).join('\n'),
};

function encode(text, how) {
  const plain = text.replace(/\{\{(META_TOKEN|FILLER|HOSTS)(?::(\d+))?\}\}/g, (_, name, n) => tokens[name](Number(n)));
  return how === 'utf16le' ? Buffer.from('\ufeff' + plain, 'utf16le') : Buffer.from(plain);
}

function readTree(name) {
  const [, ...parts] = readFileSync(join(here, 'trees', `${name}.txt`), 'utf8').split(/^=== (.*)\n/m);
  const files = new Map();
  for (let i = 0; i < parts.length; i += 2) {
    const [path, how] = parts[i].split(' | ');
    files.set(path, encode(parts[i + 1], how));
  }
  return files;
}

// Members of archives become the archives' bytes, the innermost first.
function pack(files) {
  const out = new Map();
  const boxes = new Map();
  for (const [path, bytes] of files) {
    const [box, ...inner] = path.split('!/');
    if (!inner.length) out.set(path, bytes);
    else boxes.set(box, (boxes.get(box) ?? new Map()).set(inner.join('!/'), bytes));
  }
  for (const [box, inner] of boxes) out.set(box, archivers[box.split('.').pop()](pack(inner)));
  return out;
}

export function unpack(name, directory) {
  for (const [path, bytes] of pack(readTree(name))) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}
