// What was seen that Varco never sent.
import { get, type Schemas } from '../../api';
import { Foreign, Live, Moment, Table, useLive } from '../../parts';
import { amount } from '../../texts';
import { say, t } from './words';

async function look(signal: AbortSignal) {
  const [hours, alarms, register] = await Promise.all([
    get<Schemas['PassedByList']>('/bypasses', { limit: 200 }, signal),
    get<Schemas['AlarmList']>('/alarms', { kind: 'bypass.detected', limit: 20 }, signal),
    get<Schemas['IntegrationList']>('/integrations', { limit: 1000 }, signal),
  ]);
  return { hours: hours.items, alarms: alarms.items, entries: register.items.filter((x) => x.source === 'traffic') };
}

export function Bypasses() {
  const state = useLive(look, 'bypasses', ['alarm', 'integration']);
  return (
    <Live from={state}>{({ hours, alarms, entries }) => (
      <>
        <p>{t('bypass_says')}</p>
        <Table title={t('bypass')} rows={hours} none={t('no_bypass')} columns={[
          { name: t('hour'), cell: (h) => <Moment at={h.hour} /> },
          { name: t('number'), cell: (h) => <a href={`#/numbers/${encodeURIComponent(h.number)}`}><Foreign>{h.number}</Foreign></a> },
          { name: t('who'), cell: (h) => <span class={`word ${h.kind === 'unknown' ? 'bad' : ''}`}>{t(h.kind === 'unknown' ? 'unknown_sender' : 'coexistence')}</span> },
          { name: t('messages'), cell: (h) => amount(h.messages) },
          { name: t('told_by'), cell: (h) => <Foreign>{h.types}</Foreign> },
        ]} />
        <Table title={t('bypass_entries')} rows={entries} none={t('none_of_these')} columns={[
          { name: t('name'), cell: (x) => <a href={`#/integrations/${x.id}`}><Foreign>{x.name}</Foreign></a> },
          { name: t('state'), cell: (x) => say(x.state) },
          { name: t('owner'), cell: (x) => <Foreign>{x.owner ?? '–'}</Foreign> },
          { name: t('seen'), cell: (x) => (x.last_seen_at ? <Moment at={x.last_seen_at} /> : '–') },
        ]} />
        <Table title={t('bypass_alarms')} rows={alarms} none={t('no_alarms')} columns={[
          { name: t('when'), cell: (a) => <Moment at={a.at} /> },
          { name: t('where'), cell: (a) => <Foreign>{a.scope}</Foreign> },
          { name: t('what'), cell: (a) => a.what },
          { name: t('todo'), cell: (a) => a.todo ?? '–' },
        ]} />
      </>
    )}</Live>
  );
}
