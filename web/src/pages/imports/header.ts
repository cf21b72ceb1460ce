// The first row of a table, as far as it can be read here: which columns there are, and what each would be taken for. The
// gateway reads all of it again, and says what is wrong.
export const COLUMNS = ['phone', 'bsuid', 'purpose', 'act', 'at', 'evidence', 'text', 'source', 'text_version', 'language',
  'notice_version', 'notice_url', 'terms_version', 'terms_url', 'channel', 'how'] as const;

const HEAD_MAX = 65_536;

export interface Header {
  names: string[];
  separator: string;
  bytes: number; // of the first row, without its end
}

// Names that people give to columns, in lower case; what is not here keeps its own name.
const GUESSES: Record<string, string> = {
  telefono: 'phone', cellulare: 'phone', mobile: 'phone', 'phone number': 'phone', numero: 'phone', whatsapp: 'phone', tel: 'phone',
  scopo: 'purpose', 'finalità': 'purpose', finalita: 'purpose', consenso: 'act', atto: 'act', data: 'at', date: 'at', 'data consenso': 'at',
  prova: 'evidence', proof: 'evidence', testo: 'text', wording: 'text', fonte: 'source', origine: 'source', lingua: 'language', canale: 'channel',
};

export function guess(name: string): string {
  const plain = name.trim().toLowerCase();
  return (COLUMNS as readonly string[]).includes(plain) ? plain : GUESSES[plain] ?? '';
}

function split(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '', quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '"' && quoted && line[i + 1] === '"') { cell += c; i++; }
    else if (c === '"') quoted = !quoted;
    else if (c === separator && !quoted) { cells.push(cell); cell = ''; }
    else cell += c;
  }
  return [...cells, cell].map((x) => x.trim());
}

// Undefined when this is no table of text in UTF-8: then it goes as it is.
export async function readHeader(file: Blob): Promise<Header | undefined> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_MAX).arrayBuffer());
  const end = bytes.findIndex((b) => b === 10 || b === 13);
  const row = bytes.subarray(0, end < 0 ? bytes.length : end);
  if (row.includes(0)) return undefined;
  let line: string;
  try {
    line = new TextDecoder('utf-8', { fatal: true }).decode(row);
  } catch {
    return undefined;
  }
  const counts = [';', ',', '\t'].map((s) => [line.split(s).length, s] as const);
  const separator = counts.reduce((best, one) => (one[0] > best[0] ? one : best))[1];
  return { names: split(line, separator), separator, bytes: row.length };
}

// The same table with other names in its first row.
export function withNames(file: Blob, header: Header, names: readonly string[]): Blob {
  const row = names.map((n) => (/[";,\t]/.test(n) ? `"${n.replace(/"/g, '""')}"` : n)).join(header.separator);
  return new Blob([row, file.slice(header.bytes)], { type: 'text/csv' });
}
