// smallPng(png): the same picture (8 bits, RGB or RGBA, as browsers make them) with a palette of few colours, where
// that is smaller. Colours beyond those most used become the nearest of those.
import * as zlib from 'node:zlib';

const { deflateSync, inflateSync } = zlib;

const COLOURS = 32; // enough for text, its edges and a few marks
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function* chunks(png) {
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function crc(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes); // Node.js 22.2
  let c = 0xffffffff;
  for (const b of bytes) c = table[(c ^ b) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function paeth(a, b, c) {
  const p = a + b - c, pa = Math.abs(p - a), pb = Math.abs(p - b), pc = Math.abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// Undoes the filters of PNG, line by line.
function unfilter(raw, width, height, step) {
  const row = width * step, out = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)], from = y * (row + 1) + 1, to = y * row;
    for (let x = 0; x < row; x++) {
      const a = x >= step ? out[to + x - step] : 0, b = y ? out[to + x - row] : 0, c = x >= step && y ? out[to + x - row - step] : 0;
      const add = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
      out[to + x] = raw[from + x] + add;
    }
  }
  return out;
}

function nearest(colour, palette) {
  const part = (c, shift) => (c >> shift) & 255;
  let best = 0, least = Infinity;
  palette.forEach((p, i) => {
    const far = [16, 8, 0].reduce((sum, s) => sum + (part(p, s) - part(colour, s)) ** 2, 0);
    if (far < least) [best, least] = [i, far];
  });
  return best;
}

export function smallPng(png) {
  const all = [...chunks(png)];
  const head = all[0].data, width = head.readUInt32BE(0), height = head.readUInt32BE(4);
  const step = { 2: 3, 6: 4 }[head[9]];
  if (head[8] !== 8 || !step || head[12]) return png;
  const raw = inflateSync(Buffer.concat(all.filter((c) => c.type === 'IDAT').map((c) => c.data)));
  const pixels = unfilter(raw, width, height, step);
  const at = (i) => (pixels[i * step] << 16) | (pixels[i * step + 1] << 8) | pixels[i * step + 2];
  const count = new Map();
  for (let i = 0; i < width * height; i++) count.set(at(i), (count.get(at(i)) ?? 0) + 1);
  const palette = [...count].sort((a, b) => b[1] - a[1]).slice(0, COLOURS).map(([c]) => c);
  const place = new Map(palette.map((c, i) => [c, i]));
  const lines = Buffer.alloc((width + 1) * height);
  for (let i = 0; i < width * height; i++) {
    const c = at(i);
    if (!place.has(c)) place.set(c, nearest(c, palette));
    lines[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = place.get(c);
  }
  const newHead = Buffer.from(head);
  newHead[9] = 3;
  const small = Buffer.concat([SIGNATURE, chunk('IHDR', newHead),
    chunk('PLTE', Buffer.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]))),
    chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
  return small.length < png.length ? small : png;
}
