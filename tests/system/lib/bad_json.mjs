// JSON that a strict reader refuses, and JSON that only looks as if. Each stands where a value may stand, in an object that
// is otherwise fine: whoever reads it leniently finds nothing else wrong with it.
//
//   badValues, goodValues   [{name, value}]; value is a Buffer: most are text, some are no UTF-8
//   badWholes(good)         [{name, body}]: what can be wrong around the whole text `good`
const bytes = (...list) => Buffer.from(list);
const quoted = (...list) => Buffer.concat([Buffer.from('"'), bytes(...list), Buffer.from('"')]);
const repeat = (text, n) => text.repeat(n);
const shown = (value) => {
  const text = JSON.stringify(value.toString('latin1'));
  return text.length > 48 ? `${text.slice(0, 40)}… (${value.length} bytes)` : text;
};
const named = (group, values) => values.map((x) => {
  const value = Buffer.from(x);
  return { name: `${group}: ${shown(value)}`, value };
});

export const badValues = [
  ...named('array', [
    '[1,]', '[,1]', '[1,,2]', '[,]', '[1 2]', '[1;2]', '[1:2]', '["a" "b"]', '[', '[1', '[1,', '[[1]', '[1]]', '[1}', ']', '[*]',
    '["": 1]', '[1\u0000]', '[-]', '[a]', '(1)', '<1>',
  ]),
  ...named('object', [
    '{', '}', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,"a":1}', '{"a":1,,"b":2}', '{"a"}', '{"a":}', '{"a" 1}',
    '{"a"=1}', '{"a"::1}', '{"a":1 "b":2}', '{"a":1]', '{a:1}', '{\'a\':1}', '{1:1}', '{null:1}', '{[]:1}', '{:1}', '{"a":1}}',
    '{"a":/**/1}', '{"a":1;}', '{{}:1}',
  ]),
  ...named('twice', [
    '{"a":1,"a":1}', '{"a":1,"a":2}', '{"a":1,"b":2,"a":3}', '{"a":1,"\\u0061":2}', '{"":1,"":2}', '[{"a":{"b":1,"b":2}}]',
    '{"\\n":1,"\\u000a":2}', '{"é":1,"\\u00e9":2}',
  ]),
  ...named('number', [
    '01', '-01', '00', '+1', '++1', '.5', '-.5', '1.', '-1.', '1.e1', '-', '--1', '1e', '1e+', '1E-', '1ee1', '1e1.5', '1.2.3',
    '0x1F', '0b1', '0o7', '1_000', '1,000', '1 000', '1f', '1n', '0e', '-foo', '- 1', '1a', 'NaN', '-NaN', 'nan', 'Infinity',
    '-Infinity', 'inf', '1e999', '-1e999', '123.456e789', '１', '٣', '−1', '1/2',
  ]),
  ...named('string', [
    '"', '"a', 'a"', '\'a\'', '`a`', '“a”', '"a""b"', '"a\nb"', '"a\tb"', '"a\rb"', '"a\u0000b"', '"\u001f"', '"\\"', '"\\x41"',
    '"\\a"', '"\\0"', '"\\\'"', '"\\u"', '"\\u1"', '"\\u12"', '"\\u123"', '"\\u12G4"', '"\\u{41}"', '"\\U0041"', '"\\u 041"',
    '"\\', '"\\u00', '"\\ "', '"\\\u00e9"',
  ]),
  ...named('surrogate', [
    '"\\ud800"', '"\\udc00"', '"\\udfff"', '"\\uD800x"', '"\\ud800\\n"', '"\\ud800\\ud800"', '"\\udc00\\ud800"',
    '"\\ud83d\\u0041"', '"\\ud83d\\u"', '"\\ud83d\\"', '{"\\ud800":1}',
  ]),
  ...named('no UTF-8', [
    quoted(0x80), quoted(0xbf), quoted(0xe9), quoted(0xff), quoted(0xfe), quoted(0xc0, 0x80), quoted(0xc0, 0xaf),
    quoted(0xc1, 0xbf), quoted(0xc3), quoted(0xc3, 0x28), quoted(0xe2, 0x82), quoted(0xe2, 0x28, 0xa1), quoted(0xe0, 0x80, 0x80),
    quoted(0xe0, 0x9f, 0xbf), quoted(0xed, 0xa0, 0x80), quoted(0xed, 0xbf, 0xbf), quoted(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
    quoted(0xf0, 0x9f, 0x98), quoted(0xf0, 0x80, 0x80, 0x80), quoted(0xf0, 0x8f, 0xbf, 0xbf), quoted(0xf4, 0x90, 0x80, 0x80),
    quoted(0xf5, 0x80, 0x80, 0x80), quoted(0xf8, 0x88, 0x80, 0x80, 0x80), quoted(0xfc, 0x84, 0x80, 0x80, 0x80, 0x80),
    Buffer.concat([Buffer.from('{"'), bytes(0xff), Buffer.from('":1}')]), bytes(0xff), bytes(0xe2, 0x80, 0xa8),
  ]),
  ...named('word', [
    'True', 'TRUE', 'tru', 'truee', 'true1', 'False', 'Null', 'NULL', 'nul', 'nulll', 'undefined', 'None', 'nil', 'yes', 'a',
    'true false', 'this', '',
  ]),
  ...named('comment', [
    '/* a */ 1', '1 /* a */', '1 // a\n', '// a\n1', '1 # a\n', '<!-- a --> 1', '[1, // a\n2]', '{"a": /* b */ 1}', '/*', '1 /',
  ]),
  ...named('blank', [
    '\f1', '\v1', '\u00a01', '\u20281', '\u30001', '\ufeff1', '\u200b1', '1\u0085', '[1,\u00a02]', '\u00001', '1\b',
  ]),
  ...named('deep', [
    repeat('[', 65) + repeat(']', 65), repeat('[', 5000) + repeat(']', 5000), repeat('[', 100000) + repeat(']', 100000),
    repeat('{"a":', 65) + 1 + repeat('}', 65), repeat('{"a":', 50000) + 1 + repeat('}', 50000), repeat('[', 100000),
    repeat('{"a":', 100000), repeat('[{"a":', 30000), repeat(']', 1000), repeat('"', 1001), repeat('[1,', 20000),
  ]),
];

export const goodValues = [
  ...named('number', [
    '0', '-0', '-0.0', '1.0', '1e5', '1E-5', '1.5e+3', '0e0', '1e-999', '9007199254740993', '18446744073709551615',
    '18446744073709551616', '-9223372036854775808', '0.1000000000000000055511151231257827', '1e308',
  ]),
  ...named('string', [
    '""', '"\\u0000"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\ud83d\\ude00"', '"\\u00e9"', '"é"', '"😀"', '"\u2028\u2029"', '"\ufeff"',
    '"\uffff"', '"\u{10ffff}"', '"\u007f"', '"<!-- // /* # */ -->"', '"\\u0022"', '"{\\"to\\":1}"',
  ]),
  ...named('structure', [
    '[]', '{}', '[[],[{}]]', '{"":1}', '{"a":1,"A":2}', '{"a\\u0000":1,"a":2}', 'null', 'true', 'false', ' \t\r\n[ \t\r\n1 \t\r\n] ',
    repeat('[', 60) + repeat(']', 60), `[${repeat('1,', 5000)}1]`, `{"${repeat('k', 10000)}":1}`,
    '{"biz_opaque_callback_data":"not ours to touch"}', '{"to":"+39333"}',
  ]),
];

const utf16le = (text) => Buffer.from(text, 'utf16le');
const utf16be = (text) => utf16le(text).swap16();

export function badWholes(good) {
  const at = (share) => good.slice(0, Math.floor(good.length * share));
  const bodies = {
    'nothing at all': '',
    'only blanks': ' \r\n\t ',
    'a zero byte': '\u0000',
    'cut at its first byte': good.slice(0, 1),
    'cut at a fifth': at(0.2),
    'cut at the half': at(0.5),
    'cut at nine tenths': at(0.9),
    'cut before the last byte': good.slice(0, -1),
    'the end alone': good.slice(-20),
    'a byte order mark in front': `\ufeff${good}`,
    'a zero byte behind': `${good}\u0000`,
    'a zero byte in front': `\u0000${good}`,
    'a brace more': `${good}}`,
    'a bracket more': `${good}]`,
    'a comma behind': `${good},`,
    'a word behind': `${good} x`,
    'a comment behind': `${good} // x`,
    'twice': good + good,
    'twice, on lines': `${good}\n${good}`,
    'with a number behind': `${good}1`,
    'a prefix against hijacking': `)]}'\n${good}`,
    'a call around': `send(${good})`,
    'an assignment': `x=${good}`,
    'in an array': `[${good}]`,
    'as a string': JSON.stringify(good),
    'single quotes': good.replaceAll('"', '\''),
    'in UTF-16, little end first': utf16le(good),
    'in UTF-16, little end first, marked': utf16le(`\ufeff${good}`),
    'in UTF-16, big end first': utf16be(good),
    'in UTF-32': Buffer.concat([...good].map((c) => bytes(c.charCodeAt(0), 0, 0, 0))),
    'a string': '"whatsapp"',
    'a number': '1',
    'null': 'null',
    'an empty array': '[]',
    'an empty object': '{}',
    'a form': 'messaging_product=whatsapp&type=text',
    'XML': '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    'YAML': 'messaging_product: whatsapp',
    'bytes that mean nothing': bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
    'a mebibyte of brackets': repeat('[', 1 << 20),
    'a mebibyte of braces': repeat('{"":', 1 << 18),
    'a mebibyte of quotes': repeat('"', 1 << 20),
    'a mebibyte of blanks': repeat(' ', 1 << 20),
    'a mebibyte of digits': repeat('1', 1 << 20),
  };
  return Object.entries(bodies).map(([name, body]) => ({ name, body: Buffer.from(body) }));
}
