// The rows that would not be sent now, by rule: what a figure of the check opens into.
import { useEffect, useState } from 'preact/hooks';
import { text } from '../../api';
import { Foreign, Live, Moment, Table, Word } from '../../parts';
import { amount } from '../../texts';
import { records } from './audience';
import { useAsked } from './shared';
import { t } from './words';

const SHOWN = 500;

interface Row {
  row: string;
  source: string;
  segment: string;
  verdict: string;
  rules: string[];
  until: string;
}

function rowsOf(csv: string): Row[] {
  return records(csv).slice(1).map(([row = '', source = '', segment = '', verdict = '', rules = '', until = '']) =>
    ({ row, source, segment, verdict, rules: rules.split(' ').filter(Boolean), until }));
}

export function Refused({ id, rule, verdict }: { id: string; rule: string; verdict: string }) {
  const path = `/campaigns/${encodeURIComponent(id)}/refused`;
  const loaded = useAsked(async (signal) => {
    const csv = await text(path, signal);
    return { csv, rows: rowsOf(csv) };
  }, path);
  return (
    <>
      <p><a href={`#/campaigns/${id}`}>{t('back_to')}</a></p>
      <p>{t('refused_hint')}</p>
      <Live from={loaded}>{({ csv, rows }) => <List id={id} rule={rule} verdict={verdict} csv={csv} rows={rows} />}</Live>
    </>
  );
}

function List({ id, rule, verdict, csv, rows }:
  { id: string; rule: string; verdict: string; csv: string; rows: readonly Row[] }) {
  const [file, setFile] = useState('');
  const rules = [...new Set(rows.flatMap((r) => r.rules))].sort();
  const verdicts = [...new Set([...rows.map((r) => r.verdict), ...(verdict ? [verdict] : [])])];
  const fit = rows.filter((r) => (!rule || r.rules.includes(rule)) && (!verdict || r.verdict === verdict));
  const show = (to: object) => { location.hash = `#/campaigns/${id}?${new URLSearchParams({ show: 'refused', rule, verdict, ...to })}`; };
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
    setFile(url);
    return () => URL.revokeObjectURL(url);
  }, [csv]);
  return (
    <>
      <p class="row">
        <label>{t('rule')}
          <select value={rule} onChange={(e) => show({ rule: e.currentTarget.value })}>
            <option value="">{t('all_rules')}</option>
            {[...new Set([...rules, ...(rule ? [rule] : [])])].map((r) => <option value={r}>{r}</option>)}
          </select>
        </label>
        <label>{t('verdict')}
          <select value={verdict} onChange={(e) => show({ verdict: e.currentTarget.value })}>
            <option value="">{t('all_verdicts')}</option>
            {verdicts.map((v) => <option value={v}>{v}</option>)}
          </select>
        </label>
        <a class="button" href={file} download={`${id}-refused.csv`}>{t('download')}</a>
      </p>
      {fit.length > SHOWN && <p class="note">{t('shown_of', amount(fit.length), amount(SHOWN))}</p>}
      <Table title={t('refused_rows')} rows={fit.slice(0, SHOWN)} none={t('no_rows')} columns={[
        { name: t('row'), cell: (r) => r.row },
        { name: t('list'), cell: (r) => <Foreign>{r.source || '–'}</Foreign> },
        { name: t('segment'), cell: (r) => <Foreign>{r.segment || '–'}</Foreign> },
        { name: t('verdict'), cell: (r) => <Word>{r.verdict}</Word> },
        { name: t('rules'), cell: (r) => <Foreign>{r.rules.join(', ') || '–'}</Foreign> },
        { name: t('until'), cell: (r) => (r.until ? <Moment at={r.until} /> : '–') },
      ]} />
    </>
  );
}
