// Figures over time or over a few groups, drawn, said in a sentence, and as a table: the drawing alone is no way to read them.
// The library that draws is fetched when the first chart is on a page.
import { useEffect, useRef } from 'preact/hooks';
import type { Drawing } from './plot';
import { Table } from './table';
import { amount, t } from './texts';

export interface Series {
  name: string;
  values: readonly (number | null)[];
}

export interface ChartOf {
  title: string;
  sentence: string; // what it shows, in one sentence with the figures that matter
  over: string; // name of the first column: "Day"
  at: readonly (string | Date)[]; // moments, or names of groups
  series: readonly Series[]; // beside `at`
  bars?: boolean;
}

function label(at: string | Date): string {
  return at instanceof Date ? new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'short' }).format(at) : at;
}

function useDrawing(of: ChartOf) {
  const box = useRef<HTMLDivElement>(null);
  const key = JSON.stringify([of.at, of.series, of.bars]);
  useEffect(() => {
    let gone = false, made: Drawing | undefined;
    void import('./plot').then(({ draw }) => {
      if (gone || !box.current) return;
      made = draw(box.current, of, label);
    });
    return () => {
      gone = true;
      made?.end();
    };
  }, [key]);
  return box;
}

export function Chart(of: ChartOf) {
  const box = useDrawing(of);
  const rows = of.at.map((at, i) => ({ at, values: of.series.map((s) => s.values[i] ?? null) }));
  return (
    <figure class="chart">
      <figcaption><strong>{of.title}</strong><br />{of.sentence}</figcaption>
      <div ref={box} class="plot" aria-hidden="true" />
      <ul class="legend" aria-hidden="true">{of.series.map((s, i) => <li class={`series-${i % 4}`}>{s.name}</li>)}</ul>
      <details>
        <summary>{t('as_table')}</summary>
        <Table title={of.title} rows={rows} none={t('no_figures')} columns={[
          { name: of.over, cell: (r) => label(r.at) },
          ...of.series.map((s, i) => ({ name: s.name, cell: (r: (typeof rows)[number]) => (r.values[i] == null ? '–' : amount(r.values[i])) })),
        ]} />
      </details>
    </figure>
  );
}
