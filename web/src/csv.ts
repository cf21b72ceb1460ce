// A table as a file for spreadsheets: RFC 4180, and no cell that a spreadsheet would take for a formula. Phone numbers lose
// their plus for that; whatever else begins like a formula gets an apostrophe.
export function csvCell(text: string): string {
  const plain = /^\+[\d •()-]+$/.test(text) ? text.slice(1) : /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain;
}

export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

// With the mark that tells a spreadsheet that this is UTF-8.
export function download(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob(['\ufeff', text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
