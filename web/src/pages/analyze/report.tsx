// The report of an analysis: what "varco analyze" says, as pages.
import { Foreign, Moment, Table, Word } from '../../parts';
import { amount, lang } from '../../texts';
import { Part, Shares } from '../campaigns/shared';
import { t } from './words';

interface Tally { name: string | null; sends: number; people: number }

export interface Found {
  policy: string;
  file: string;
  sums: boolean;
  rows: number;
  from: string | null;
  to: string | null;
  sends: number;
  people: number;
  inbound: number;
  consents: number;
  unread: { rows: number; examples: { file: string; row: number; column: string | null; reason: string }[] };
  gaps: string[];
  with_varco: { left: number; waited: number; refused: number; days: { day: string; left: number; waited: number; refused: number }[] } | null;
  findings: {
    rule: string; title: string; remedy: string; sends: number; people: number; first_at: string | null; last_at: string | null;
    levels: { warn: number; hold: number; refuse: number };
    by: Record<'app' | 'list' | 'template' | 'number', Tally[]>;
    examples: { row: number; at: string | null; person: string | null; template: string | null }[];
  }[];
  templates: {
    template: string | null; category: string | null; sends: number; with_status: number; delivered: number; read: number;
    failed: number; replies: number; opt_outs: number; taps: number; buttons: { button: string | null; taps: number; opt_outs: number }[];
  }[];
  numbers: { number: string | null; messages: number; young: boolean; people_24h: number; days_over_cap: number; spikes: number;
    rules: { rule: string; title: string; remedy: string; level: string; days: number }[];
  }[];
  segments: { last_engaged_days: string; people: number; marketing: number; read: number }[] | null; // null: nothing tells what people wrote
}

type Finding = Found['findings'][number];

const day = (at: string) => new Intl.DateTimeFormat(lang, { dateStyle: 'short', timeZone: 'UTC' }).format(new Date(at));
const share = (part: number, of: number) => (of ? `${amount(Math.round((part / of) * 1000) / 10)} %` : '–');
const levelEffect = (level: string) => t(level === 'refuse' ? 'not_left' : level === 'hold' ? 'waited' : 'left');
const effect = (f: Finding) => t(f.levels.refuse ? 'not_left' : f.levels.hold ? 'waited' : 'left');

export function Report({ of }: { of: Found }) {
  return (
    <>
      {of.with_varco && !of.sums
        ? <p class="verdict">{t('says', amount(of.sends), amount(of.with_varco.refused), amount(of.with_varco.waited), amount(of.with_varco.left))}</p>
        : <p class="verdict">{t('says_sums')}</p>}
      {of.with_varco && !of.sums && <Shares title={t('bar')} of={[
        { name: t('left'), n: of.with_varco.left, tone: 'good' },
        { name: t('waited'), n: of.with_varco.waited, tone: 'wait' },
        { name: t('not_left'), n: of.with_varco.refused, tone: 'bad' },
      ]} />}
      {of.from && of.to && <p><Foreign>{t('read_of', of.file, day(of.from), day(of.to), amount(of.rows), amount(of.people), amount(of.inbound), amount(of.consents))}</Foreign></p>}
      <p class="source">{t('source_says', of.policy || '–')}</p>
      <Findings of={of.findings} />
      {of.with_varco && of.with_varco.days.length > 0 && <Days of={of.with_varco.days} />}
      <Templates of={of.templates} />
      <Table title={t('numbers')} rows={of.numbers} none={t('no_numbers')} columns={[
        { name: t('number'), cell: (n) => <><Foreign>{n.number ?? '–'}</Foreign>{n.young && <> <small>({t('young')})</small></>}</> },
        { name: t('messages'), cell: (n) => amount(n.messages) },
        { name: t('people_24h'), cell: (n) => amount(n.people_24h) },
        { name: t('over_cap'), cell: (n) => amount(n.days_over_cap) },
        { name: t('spikes'), cell: (n) => amount(n.spikes) },
      ]} />
      <Table title={t('number_rules')} rows={of.numbers.flatMap((n) => n.rules.map((r) => ({ n, ...r })))} none={t('no_number_rules')} columns={[
        { name: t('number'), cell: (r) => <Foreign>{r.n.number ?? '–'}</Foreign> },
        { name: t('rule'), cell: (r) => <><Foreign>{r.title}</Foreign> <code><Foreign>{r.rule}</Foreign></code></> },
        { name: t('days_broken'), cell: (r) => amount(r.days) },
        { name: t('with_varco'), cell: (r) => <Word>{levelEffect(r.level)}</Word> },
        { name: t('remedy'), cell: (r) => <Foreign>{r.remedy}</Foreign> },
      ]} />
      {of.segments && of.segments.length > 0 && <Table title={t('segments')} rows={of.segments} none="" columns={[
        { name: t('last_engaged'), cell: (s) => s.last_engaged_days },
        { name: t('people'), cell: (s) => amount(s.people) },
        { name: t('marketing'), cell: (s) => amount(s.marketing) },
        { name: t('read'), cell: (s) => share(s.read, s.marketing) },
      ]} />}
      <section>
        <h2>{t('gaps')}</h2>
        {of.gaps.length ? <ul>{of.gaps.map((g) => <li>{g}</li>)}</ul> : <p>{t('no_gaps')}</p>}
      </section>
      <Table title={of.unread.rows ? `${t('unread')} – ${t('unread_more', amount(of.unread.rows))}` : t('unread')} rows={of.unread.examples} none={t('no_unread')} columns={[
        { name: t('file'), cell: (u) => u.file },
        { name: t('row'), cell: (u) => amount(u.row) },
        { name: t('column'), cell: (u) => <Foreign>{u.column ?? '–'}</Foreign> },
        { name: t('why'), cell: (u) => u.reason },
      ]} />
    </>
  );
}

function Findings({ of }: { of: readonly Finding[] }) {
  const by = ['app', 'list', 'template', 'number'] as const;
  return (
    <>
      <Table title={t('findings')} rows={of} none={t('no_findings')} columns={[
        { name: t('rule'), cell: (f) => <>{f.title} <code>{f.rule}</code></> },
        { name: t('messages'), cell: (f) => amount(f.sends) },
        { name: t('people'), cell: (f) => amount(f.people) },
        { name: t('with_varco'), cell: (f) => <Word>{effect(f)}</Word> },
        { name: t('first'), cell: (f) => (f.first_at ? <Moment at={f.first_at} /> : '–') },
        { name: t('last'), cell: (f) => (f.last_at ? <Moment at={f.last_at} /> : '–') },
        { name: t('remedy'), cell: (f) => f.remedy },
      ]} />
      {of.map((f) => (
        <details class="card">
          <summary>{t('breakdown', f.title)}</summary>
          <Table title={f.title} rows={by.flatMap((b) => f.by[b].slice(0, 10).map((x) => ({ b, ...x })))} none="–" columns={[
            { name: t('by'), cell: (x) => t(`by_${x.b}`) },
            { name: t('what'), cell: (x) => <Foreign>{x.name ?? '–'}</Foreign> },
            { name: t('messages'), cell: (x) => amount(x.sends) },
            { name: t('people'), cell: (x) => amount(x.people) },
          ]} />
          <Table title={`${f.title}: ${t('examples')}`} rows={f.examples} none="–" columns={[
            { name: t('row'), cell: (x) => amount(x.row) },
            { name: t('when'), cell: (x) => (x.at ? <Moment at={x.at} /> : '–') },
            { name: t('person'), cell: (x) => <Foreign>{x.person ?? '–'}</Foreign> },
            { name: t('template'), cell: (x) => <Foreign>{x.template ?? '–'}</Foreign> },
          ]} />
        </details>
      ))}
    </>
  );
}

// Columns of each day's messages; the table behind them says the same.
function Days({ of }: { of: NonNullable<Found['with_varco']>['days'] }) {
  const sum = (d: (typeof of)[number]) => d.left + d.waited + d.refused;
  const top = of.reduce((a, b) => (sum(b) > sum(a) ? b : a));
  const high = Math.max(1, sum(top)), wide = 1000 / of.length;
  return (
    <Part title={t('days')}>
      <p>{t('days_says', amount(of.length), day(top.day), amount(sum(top)))}</p>
      <svg class="columns" viewBox="0 0 1000 200" preserveAspectRatio="none" role="img" aria-label={t('days_chart')}>
        {of.map((d, i) => {
          let floor = 200;
          return (['left', 'waited', 'refused'] as const).map((k) => {
            const height = (d[k] / high) * 200;
            floor -= height;
            return <rect class={`fill-${k === 'left' ? 'good' : k === 'waited' ? 'wait' : 'bad'}`} x={i * wide} y={floor} width={wide * 0.85} height={height} />;
          });
        })}
      </svg>
      <details>
        <summary>{t('days')}</summary>
        <Table title={t('days')} rows={of} none="" columns={[
          { name: t('day'), cell: (d) => day(d.day) },
          { name: t('left'), cell: (d) => amount(d.left) },
          { name: t('waited'), cell: (d) => amount(d.waited) },
          { name: t('not_left'), cell: (d) => amount(d.refused) },
        ]} />
      </details>
    </Part>
  );
}

function Templates({ of }: { of: Found['templates'] }) {
  const buttons = of.flatMap((x) => x.buttons.map((b) => ({ template: x.template, ...b })));
  return (
    <>
      <Table title={t('templates')} rows={of} none={t('no_templates')} columns={[
        { name: t('template'), cell: (x) => <Foreign>{x.template ?? '–'}</Foreign> },
        { name: t('messages'), cell: (x) => amount(x.sends) },
        { name: t('delivered'), cell: (x) => share(x.delivered, x.with_status) },
        { name: t('read'), cell: (x) => share(x.read, x.with_status) },
        { name: t('failed_share'), cell: (x) => share(x.failed, x.with_status) },
        { name: t('taps'), cell: (x) => amount(x.taps) },
        { name: t('replies'), cell: (x) => amount(x.replies) },
        { name: t('opt_outs'), cell: (x) => amount(x.opt_outs) },
      ]} />
      {buttons.length > 0 && <Table title={t('buttons')} rows={buttons} none="" columns={[
        { name: t('template'), cell: (b) => <Foreign>{b.template ?? '–'}</Foreign> },
        { name: t('button'), cell: (b) => <Foreign>{b.button ?? '–'}</Foreign> },
        { name: t('taps'), cell: (b) => amount(b.taps) },
        { name: t('opt_outs'), cell: (b) => amount(b.opt_outs) },
      ]} />}
    </>
  );
}
