// What sends messages in our name, or might: the register, what scans found, what passed Varco by.
import { get, save, type Schemas } from '../api';
import { Parts, useDeed, Ask, Choice } from '../deeds';
import { Foreign, Live, Moment, OfClient, Table, useClient, useLive } from '../parts';
import { amount, lang } from '../texts';
import { Add } from './integrations/add';
import { Bypasses } from './integrations/bypass';
import { Entry } from './integrations/entry';
import { Scan, Scans } from './integrations/scans';
import { day, gap, say, t, tone } from './integrations/words';

const PARTS = [
  ['#/integrations', t('register')], ['#/integrations/scans', t('scans')], ['#/integrations/bypass', t('bypass')],
  ['#/integrations/new', t('add')],
] as const;

export function Integrations({ id, rest }: { id: string; rest: readonly string[] }) {
  const at = `#/integrations${['scans', 'bypass', 'new'].includes(id) ? `/${id}` : ''}`;
  return (
    <>
      <Parts label={t('parts')} parts={PARTS} at={at} />
      {id === 'new' ? <Add /> : id === 'bypass' ? <Bypasses /> : id === 'scans' && rest[0] ? <Scan id={rest[0]} key={rest[0]} />
        : id === 'scans' ? <Scans /> : id ? <Entry id={id} key={id} /> : <All />}
    </>
  );
}

type Row = Schemas['Integration'];

const sends = (x: Row) => x.uses?.reduce((n, u) => n + u.sends, 0);

// Gravest first: what must go, what nobody looked at, what lacks something.
function weight(x: Row): number {
  const gone = x.state === 'removed' || x.state === 'retired';
  if (gone) return 0;
  return (x.verdict === 'unofficial' && x.state !== 'accepted' ? 100 : x.verdict === 'review' && x.state === 'open' ? 50 : 0) +
    (x.gaps?.length ?? 0);
}

function sentence(items: readonly Row[]): string {
  const bad = items.filter((x) => weight(x) >= 100).length;
  const review = items.filter((x) => weight(x) >= 50 && weight(x) < 100).length;
  const lacking = items.filter((x) => weight(x) > 0 && weight(x) < 50).length;
  if (!items.length) return t('register_empty');
  if (!bad && !review && !lacking) return t('register_fine', items.length);
  return [
    bad && t(bad === 1 ? 'one_bad' : 'some_bad', bad),
    review && t(review === 1 ? 'one_review' : 'some_review', review),
    lacking && t(lacking === 1 ? 'one_lacking' : 'some_lacking', lacking),
  ].filter(Boolean).join(' ');
}

function Export() {
  const deed = useDeed();
  const run = async ({ format = 'pdf', language = lang }: Record<string, string>) => {
    const file = `${t('register_file')}.${format}`;
    await save(file, '/integrations/export', { format, lang: language });
    return t('saved', file);
  };
  return (
    <section class="card">
      <h2>{t('export')}</h2>
      <p>{t('export_says')}</p>
      <Ask deed={deed} run={run} button={t('export_do')}>
        <div class="row">
          <Choice name="format" label={t('format')} value="pdf"
            options={[['pdf', 'PDF'], ['html', 'HTML'], ['csv', 'CSV'], ['json', 'JSON']]} />
          <Choice name="language" label={t('language')} value={lang} options={[['it', 'Italiano'], ['en', 'English']]} />
        </div>
      </Ask>
    </section>
  );
}

const stateOf = (x: Row) => (x.status === 'active' ? x.state : x.status);

function missing(x: Row) {
  const [first, ...others] = x.gaps ?? [];
  if (!first) return '–';
  return others.length ? t('and_more', gap(first), others.length) : gap(first);
}

async function everything(portfolio: string, signal: AbortSignal): Promise<Row[]> {
  const all: Row[] = [];
  for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined;) {
    const page: Schemas['IntegrationList'] = await get('/integrations', { limit: 1000, portfolio, cursor }, signal);
    all.push(...page.items);
    cursor = page.next;
  }
  return all.sort((a, b) => weight(b) - weight(a) || a.name.localeCompare(b.name));
}

function All() {
  const { portfolio } = useClient();
  const list = useLive((signal) => everything(portfolio, signal), `integrations ${portfolio}`, ['integration']);
  return (
    <>
      <OfClient />
      <Live from={list}>{(items) => (
        <>
          <p class="verdict">{sentence(items)}</p>
          <Table title={t('register')} rows={items} none={t('register_empty')} columns={[
            { name: t('name'), cell: (x) => <a href={`#/integrations/${x.id}`}><Foreign>{x.name}</Foreign></a> },
            { name: t('verdict'), cell: (x) => <span class={tone(x.verdict)}>{say(x.verdict)}</span> },
            { name: t('state'), cell: (x) => <span class={tone(stateOf(x))}>{say(stateOf(x))}</span> },
            { name: t('missing'), cell: missing },
            { name: t('owner'), cell: (x) => <Foreign>{x.owner ?? '–'}</Foreign> },
            { name: t('purpose'), cell: (x) => <Foreign>{x.purpose ?? '–'}</Foreign> },
            { name: t('volume'), cell: (x) => (sends(x) === undefined ? '–' : <a href={`#/decisions?app=${x.id}`}>{amount(sends(x)!)}</a>) },
            { name: t('seen'), cell: (x) => (x.last_seen_at ? <Moment at={x.last_seen_at} /> : '–') },
            { name: t('numbers'), cell: (x) => <Foreign>{x.numbers.join(', ') || '–'}</Foreign> },
            { name: t('categories'), cell: (x) => x.categories.join(', ') || '–' },
            { name: t('data'), cell: (x) => <Foreign>{x.data ?? '–'}</Foreign> },
            { name: t('approved'), cell: (x) => (x.approved_by ? <><Foreign>{x.approved_by}</Foreign>, {day(x.approved_on)}</> : '–') },
            { name: t('review_by'), cell: (x) => day(x.review_by) },
          ]} />
          <Export />
        </>
      )}</Live>
    </>
  );
}
