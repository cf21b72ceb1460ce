// A list of things: sorted by a click, fewer columns where somebody wants fewer, and as a file for spreadsheets. It scrolls in
// its own region, so that the page does not.
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { csvOf, download } from './csv';
import { t } from './texts';

const CHOOSER_FROM = 6; // columns

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  sort?: (row: T) => string | number | null | undefined; // what to sort by; without it the column is not sorted
}

type Order = { at: number; down: boolean } | undefined;

function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], order: Order): readonly T[] {
  const by = order && columns[order.at]?.sort;
  if (!by) return rows;
  const sign = order.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = by(a) ?? '', y = by(b) ?? '';
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
  });
}

function Head<T>({ column, dir, turn }: { column: Column<T>; dir: 'ascending' | 'descending' | undefined; turn: () => void }) {
  if (!column.sort) return <th scope="col">{column.name}</th>;
  return (
    <th scope="col" aria-sort={dir}>
      <button type="button" class="plain" onClick={turn}>
        {column.name} <span aria-hidden="true">{dir === 'ascending' ? '↑' : dir === 'descending' ? '↓' : '↕'}</span>
      </button>
    </th>
  );
}

// What is seen is what is in the file: the text of each cell.
function save(title: string, table: HTMLTableElement): void {
  const rows = [...table.rows].map((row) => [...row.cells].map((c) => (c.querySelector('button')?.firstChild ?? c).textContent?.trim() ?? ''));
  download(`${title.replace(/[^\p{L}\p{N}]+/gu, '-')}.csv`, csvOf(rows), 'text/csv');
}

export function Table<T>({ title, rows, columns, none }:
  { title: string; rows: readonly T[]; columns: readonly Column<T>[]; none: string }) {
  const table = useRef<HTMLTableElement>(null);
  const [order, setOrder] = useState<Order>();
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const shown = columns.filter((c) => !hidden.includes(c.name));
  const turn = (at: number) => setOrder(order?.at === at ? { at, down: !order.down } : { at, down: false });
  const dir = (c: Column<T>) => order && columns[order.at] === c ? (order.down ? 'descending' : 'ascending') : undefined;
  const toggle = (name: string) =>
    setHidden(hidden.includes(name) ? hidden.filter((h) => h !== name) : [...hidden, name]);

  if (!rows.length) return <section><h2>{title}</h2><p>{none}</p></section>;
  return (
    <section>
      <h2>{title}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table ref={table}>
          <thead><tr>{shown.map((c) => <Head column={c} dir={dir(c)} turn={() => turn(columns.indexOf(c))} />)}</tr></thead>
          <tbody>{sorted(rows, columns, order).map((row) => <tr>{shown.map((c) => <td>{c.cell(row)}</td>)}</tr>)}</tbody>
        </table>
      </div>
      <div class="row tools">
        <button type="button" class="plain" onClick={() => table.current && save(title, table.current)}>{t('save_csv')}</button>
        {columns.length >= CHOOSER_FROM && (
          <details class="chooser">
            <summary>{t('columns')}</summary>
            {columns.map((c) => (
              <label class="check">
                <input type="checkbox" checked={!hidden.includes(c.name)} onChange={() => toggle(c.name)} /> {c.name}
              </label>
            ))}
          </details>
        )}
      </div>
    </section>
  );
}
