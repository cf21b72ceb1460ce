// What several pages of the settings show.
import type { Schemas } from '../../api';
import { Foreign, Table } from '../../parts';
import { amount, time } from '../../texts';
import { s } from './texts';
import { valueText } from '../../values';

type Unit = 'count' | 'seconds' | 'days' | 'share' | 'time_of_day';

// A figure as people read it: "80 %", "21:00", "86 400 s".
export function figure(unit: string, text: string): string {
  if (unit === 'yes_no') return s(text === 'true' ? 'yes' : 'no');
  if (unit === 'evidence') return valueText(text);
  if (unit === 'share') return s('share', amount(Number(text) * 100));
  if (unit === 'time_of_day') return text;
  return s(unit as Unit, amount(Number(text)));
}

export function levelWord(level: string): string {
  return s(level as 'off' | 'warn' | 'hold' | 'refuse');
}

export function Level({ level }: { level: string }) {
  return <span class="word">{levelWord(level)}</span>;
}

// What an exception is for.
export function scopeWord(scope: string): 'app_id' | 'number_id' | 'template_name' {
  return scope === 'app' ? 'app_id' : scope === 'number' ? 'number_id' : 'template_name';
}

function side(d: Schemas['PolicyDifference'], text: string | null): string {
  if (text === null) return s('nothing_there');
  if (d.what === 'level') return levelWord(text);
  return d.unit ? figure(d.unit, text) : `${s(scopeWord(d.scope ?? ''))} ${d.scope_id}, ${s('until')} ${when(d.until)}`;
}

export function Differences({ title, of }: { title: string; of: readonly Schemas['PolicyDifference'][] }) {
  return (
    <Table title={title} rows={of} none={s('changes_nothing')} columns={[
      { name: s('rule'), cell: (d) => <><Foreign>{d.title}</Foreign><br /><code>{d.rule}</code></> },
      { name: s('figure'), cell: (d) => <Foreign>{d.label ?? s(d.what === 'level' ? 'level' : 'exceptions')}</Foreign> },
      { name: s('before'), cell: (d) => <Foreign>{side(d, d.from)}</Foreign> },
      { name: s('after'), cell: (d) => <Foreign>{side(d, d.to)}</Foreign> },
      { name: s('protects'), cell: (d) => <span class={d.laxer ? 'bad' : undefined}>{s(d.laxer ? 'less' : 'more')}</span> },
    ]} />
  );
}

export function when(at: string | null | undefined): string {
  return at ? time(at) : '–';
}
