// What Meta or Varco did to us, and what comes of it.
import { get, post, type Schemas } from '../api';
import { Ask, Back, Choice, Field, Parts, useDeed, type Given } from '../deeds';
import { Foreign, Live, Moment, OfClient, Table, useClient, useLive, mayDo } from '../parts';
import { amount } from '../texts';
import { Dossier } from './incidents/dossier';
import { Incident } from './incidents/one';
import { say, t } from './incidents/words';

export function Incidents({ id, rest, query }: { id: string; rest: readonly string[]; query: URLSearchParams }) {
  if (id && rest[0] === 'dossier') return <Dossier id={id} step={Number(query.get('step') ?? 1)} key={id} />;
  if (id && id !== 'new') return <Incident id={id} key={id} />;
  const all = query.get('show') === 'all';
  const at = id === 'new' ? '#/incidents/new' : all ? '#/incidents?show=all' : '#/incidents';
  return (
    <>
      <Parts label={t('parts')} at={at} parts={[
        ['#/incidents', t('under_way')], ['#/incidents?show=all', t('all')], ['#/incidents/new', t('open_by_hand')],
        ['#/alarms/notices', t('notices')],
      ]} />
      {id === 'new' ? <Open /> : <All all={all} key={at} />}
    </>
  );
}

type Row = Schemas['IncidentEntry'];

function sentence(items: readonly Row[]): string {
  const open = items.filter((x) => x.state !== 'closed');
  if (!items.length) return t('no_incidents');
  const left = open.map((x) => x.days_left).filter((d): d is number => typeof d === 'number');
  return [open.length === 1 ? t('one_open') : t('some_open', open.length),
    left.length ? t('deadline_soon', Math.min(...left)) : ''].join(' ');
}

function All({ all }: { all: boolean }) {
  const { portfolio } = useClient();
  const list = useLive((signal) => get<Schemas['IncidentList']>('/incidents', { limit: 200, portfolio, ...(all ? {} : { under_way: true }) }, signal),
    `incidents ${all} ${portfolio}`, ['incident']);
  return (
    <>
      <OfClient />
      <Live from={list}>{({ items }) => (
        <>
          <p class="verdict">{sentence(items)}</p>
          <Table title={t('incidents')} rows={items} none={t(all ? 'none_ever' : 'no_incidents')} columns={[
            { name: t('when'), cell: (x) => <a href={`#/incidents/${x.id}`}><Moment at={x.happened_at} /></a> },
            { name: t('happened'), cell: (x) => <Foreign>{x.title ?? x.kind}</Foreign> },
            { name: t('about'), cell: (x) => <>{say(x.scope)} <Foreign>{x.object}</Foreign></> },
            { name: t('label'), cell: (x) => <Foreign>{x.label || '–'}</Foreign> },
            { name: t('told_by'), cell: (x) => say(x.origin) },
            { name: t('state'), cell: (x) => <span class="word">{say(x.state)}</span> },
            { name: t('outcome'), cell: (x) => say(x.outcome) },
            { name: t('days_left'), cell: (x) => (typeof x.days_left === 'number' ? amount(x.days_left) : '–') },
          ]} />
        </>
      )}</Live>
    </>
  );
}

const KINDS = ['restricted', 'violation', 'locked', 'disable_scheduled', 'disabled', 'number_quality', 'number_blocked',
  'template_paused', 'template_disabled', 'country_blocked', 'limit_lowered', 'direct_send', 'group_suspended', 'token_refused', 'other'];

function Open() {
  const deed = useDeed();
  const run = async (given: Given) => {
    const made = await post<Row>('/incidents', given);
    location.hash = `#/incidents/${made.id}`;
    return undefined;
  };
  return (
    <>
      <Back to="#/incidents" />
      <h2>{t('open_by_hand')}</h2>
      <p>{t('open_says')}</p>
      <Ask deed={deed} run={run} button={t('open_do')} may={mayDo('openIncident')}>
        <Choice name="scope" label={t('scope')} value="waba"
          options={['waba', 'number', 'template', 'portfolio', 'app'].map((s) => [s, say(s)] as const)} />
        <Field name="object" label={t('object')} required />
        <Choice name="kind" label={t('kind_of')} options={KINDS.map((k) => [k, say(k)] as const)} />
        <Field name="text" label={t('text')} help={t('kept')} area />
      </Ask>
    </>
  );
}
