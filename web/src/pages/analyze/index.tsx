// Past traffic, looked at afterwards: sent along, analyzed beside the gateway, shown, and gone after an hour.
import { useState } from 'preact/hooks';
import { drop, get, post, send, type Schemas } from '../../api';
import { Foreign, Live, Moment, Table } from '../../parts';
import { amount, time } from '../../texts';
import { decode } from '../campaigns/audience';
import { Deed, Part, Said, useAsked, useDeed } from '../campaigns/shared';
import { Report, type Found } from './report';
import { t } from './words';

type Analysis = Schemas['Analysis'];

const WITH_OTHERS_MB = 40;
const LIST_MS = 5000;
const KEPT_MS = 3600_000;

export function Analyze({ id }: { id: string }) {
  return id ? <One id={id} key={id} /> : <All />;
}

const states: Record<string, string> = { running: t('running'), done: t('done'), failed: t('failed_state') };

function All() {
  const list = useAsked((signal) => get<Schemas['AnalysisList']>('/analyses', {}, signal), 'analyses', LIST_MS);
  const deed = useDeed();
  const remove = (id: string) => deed.run(async () => {
    await drop(`/analyses/${id}`);
    list.again();
    return t('removed');
  });
  return (
    <>
      <p>{t('intro')}</p>
      <p class="source">{t('nothing_kept')}</p>
      <Form />
      <Live from={list}>{({ items }) => (
        <Table title={t('kept')} rows={items} none={t('none_kept')} columns={[
          { name: t('name'), cell: (a) => <a href={`#/analyze/${a.id}`}><Foreign>{a.name ?? a.id}</Foreign></a> },
          { name: t('state'), cell: (a) => states[a.state] ?? a.state },
          { name: t('when'), cell: (a) => <Moment at={a.at} /> },
          { name: t('remove'), cell: (a) => <button type="button" onClick={() => remove(a.id)}>{t('remove')}</button> },
        ]} />
      )}</Live>
      <Said of={deed} />
    </>
  );
}

const files = ['traffic', 'consents', 'inbound', 'definitions'] as const;
type Name = (typeof files)[number];

function Form() {
  const [given, setGiven] = useState<Partial<Record<Name, File>>>({});
  const [how, setHow] = useState({ country: 'IT', zone: Intl.DateTimeFormat().resolvedOptions().timeZone, dates: 'dmy', map: '' });
  const deed = useDeed();
  const set = (more: Partial<typeof how>) => setHow((old) => ({ ...old, ...more }));
  const { traffic } = given;
  const alone = traffic && (traffic.size > WITH_OTHERS_MB << 20 || /\.xlsx$/i.test(traffic.name));

  const start = () => deed.run(async () => {
    const told = Object.fromEntries(Object.entries(how).filter(([, v]) => v));
    const text = async (f: File | undefined) => f && decode(await f.arrayBuffer());
    const made = alone
      ? await send<Analysis>('/analyses', { name: traffic.name, ...told }, new Blob([traffic], { type: 'application/octet-stream' }))
      : await post<Analysis>('/analyses', {
        name: traffic!.name, file: await text(traffic), consents_file: await text(given.consents),
        inbound_file: await text(given.inbound), templates_file: await text(given.definitions), ...told,
      });
    location.hash = `#/analyze/${made.id}`;
    return '';
  });

  return (
    <form onSubmit={(e) => { e.preventDefault(); if (traffic) start(); }}>
      <Part title={t('files')}>
        <div class="fields">
          {files.map((name) => (
            <label>{t(name)}
              <input type="file" name={name} accept={name === 'definitions' ? '.json' : name === 'traffic' ? '.csv,.xlsx,.txt' : '.csv,.txt'}
                onChange={(e) => setGiven((old) => ({ ...old, [name]: e.currentTarget.files?.[0] }))} />
            </label>
          ))}
        </div>
        {alone && <p class="note">{t('too_large', WITH_OTHERS_MB)}</p>}
      </Part>
      <Part title={t('how')}>
        <div class="fields">
          <label>{t('country')}<input name="country" maxLength={2} value={how.country} onInput={(e) => set({ country: e.currentTarget.value.toUpperCase() })} /></label>
          <label>{t('zone')}<input name="zone" value={how.zone} onInput={(e) => set({ zone: e.currentTarget.value })} /></label>
          <label>{t('dates')}
            <select name="dates" value={how.dates} onChange={(e) => set({ dates: e.currentTarget.value })}>
              <option value="dmy">{t('dmy')}</option>
              <option value="mdy">{t('mdy')}</option>
            </select>
          </label>
          <label>{t('map')}<input name="map" maxLength={500} value={how.map} onInput={(e) => set({ map: e.currentTarget.value })} /></label>
        </div>
      </Part>
      <p class="row"><Deed roles={['author', 'approver', 'compliance']} name={deed.busy ? t('starting') : t('start')} {...(!traffic && { why: t('no_traffic') })} run={start} /></p>
      <Said of={deed} />
    </form>
  );
}

const RUNNING_MS = 500;

// The browser takes it from the gateway as it comes: it may be larger than a page can hold.
function fetchFile(id: string, format: string): void {
  const link = document.createElement('a');
  link.href = `/api/v1/analyses/${encodeURIComponent(id)}/report?format=${format}`;
  link.download = '';
  link.click();
}

function One({ id }: { id: string }) {
  const [over, setOver] = useState(false);
  const live = useAsked(async (signal) => {
    const a = await get<Analysis>(`/analyses/${encodeURIComponent(id)}`, {}, signal);
    setOver(a.state !== 'running');
    return a;
  }, id, over ? 0 : RUNNING_MS);
  const deed = useDeed();
  const remove = () => deed.run(async () => {
    await drop(`/analyses/${id}`);
    location.hash = '#/analyze';
    return t('removed');
  });
  return (
    <>
      <p><a href="#/analyze">{t('back')}</a></p>
      <Live from={live}>{(a) => (
        <>
          <h2><Foreign>{a.name ?? a.id}</Foreign> <small>{states[a.state] ?? a.state}</small></h2>
          {a.state === 'running' && <Progress of={a} />}
          {a.state === 'failed' && (
            <p class="note" role="alert"><Foreign>{t('why_failed', a.problem ?? '')}</Foreign> {t('map_hint', t('map'))}</p>
          )}
          <p class="row">
            {a.state === 'done' && <button type="button" onClick={() => fetchFile(a.id, 'html')}>{t('download_html')}</button>}
            {a.state === 'done' && <Deed roles={['author', 'compliance']} name={t('download_csv')} run={() => fetchFile(a.id, 'csv')} />}
            <button type="button" onClick={remove}>{t('remove')}</button>
          </p>
          {a.ended_at && <p class="source">{t('ends', time(new Date(Date.parse(a.ended_at) + KEPT_MS).toISOString()))}</p>}
          <Said of={deed} />
          {a.state === 'done' && a.report !== undefined && a.report !== null && <Report of={a.report as unknown as Found} />}
        </>
      )}</Live>
    </>
  );
}

function Progress({ of }: { of: Analysis }) {
  const file = of.file === 'consents' ? t('of_consents') : of.file === 'inbound' ? t('of_inbound') : t('of_traffic');
  const says = of.stage === 'judging' ? t('judging', amount(of.rows)) : t('reading', file, amount(of.rows));
  return <p><label>{says} <progress max={100} value={of.percent}>{of.percent} %</progress></label></p>;
}
