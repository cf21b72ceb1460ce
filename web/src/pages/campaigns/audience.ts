// The head of a table that somebody chose: what its columns are called, and what the first row says. The gateway reads all of
// it, and has the last word on it.
const HEAD_BYTES = 65536;
export const TABLE_MAX_MB = 40;

export interface Head {
  columns: string[];
  first: Record<string, string>;
}

// UTF-8, or what Windows writes where that fails.
export function decode(bytes: ArrayBuffer, cut = false): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

// Records of a table with commas or semicolons, at most `most`.
export function records(text: string, most = Infinity): string[][] {
  const rows: string[][] = [];
  const line = text.slice(0, text.search(/\r?\n|$/));
  const mark = line.split(';').length > line.split(',').length ? ';' : ',';
  let row: string[] = [], cell = '', quoted = false;
  const end = () => {
    row.push(cell);
    cell = '';
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let i = 0; i < text.length && rows.length < most; i++) {
    const ch = text[i]!;
    if (quoted && ch === '"' && text[i + 1] === '"') cell += text[++i];
    else if (ch === '"' && (quoted || cell === '')) quoted = !quoted;
    else if (!quoted && ch === mark) { row.push(cell); cell = ''; }
    else if (!quoted && ch === '\n') end();
    else if (quoted || ch !== '\r') cell += ch;
  }
  if ((cell || row.length) && rows.length < most) end();
  return rows;
}

export async function headOf(file: Blob): Promise<Head> {
  const text = decode(await file.slice(0, HEAD_BYTES).arrayBuffer(), file.size > HEAD_BYTES);
  const [names = [], first = []] = records(text, 2);
  const columns = names.map((n) => n.trim());
  return { columns, first: Object.fromEntries(columns.map((c, i) => [c, (first[i] ?? '').trim()])) };
}
