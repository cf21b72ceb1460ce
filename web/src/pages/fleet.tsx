// The morning's look over all clients: one row a number, the one that needs somebody first.
import { get, type Schemas } from '../api';
import { Foreign, Live, Table, useLive } from '../parts';
import { concernsOfPortfolio, rowsOf, urgencyMark, urgencyWord, type Row, type World } from '../risk';
import { amount, words } from '../texts';

const t = words({
  fleet: ['All numbers, by risk', 'Tutti i numeri, per rischio'],
  none: ['There is no number yet.', 'Non c’è ancora nessun numero.'],
  risk: ['Risk', 'Rischio'],
  client: ['Client', 'Cliente'],
  portfolio: ['Portfolio', 'Portfolio'],
  sentence: ['What is the matter', 'Che cosa succede'],
  more: ['and {0} more', 'e altre {0}'],
  sent_24h: ['Sent in 24 h', 'Inviati in 24 ore'],
  failed: ['Failed', 'Non riusciti'],
  opt_outs: ['Opt-outs', 'Revoche'],
  clients: ['Capacity by portfolio', 'Capacità per portfolio'],
  used: ['Used and reserved', 'Usate e riservate'],
  limit: ['Limit', 'Limite'],
  free: ['Free for marketing', 'Libere per il marketing'],
  unlimited: ['no limit', 'nessun limite'],
  says: ['{0} of {1} numbers need somebody now, {2} need attention, {3} are well.', '{0} numeri su {1} richiedono un intervento subito, {2} attenzione, {3} stanno bene.'],
});

async function look(signal: AbortSignal): Promise<World> {
  const [accounts, numbers, overview] = await Promise.all([
    get<Schemas['AccountList']>('/accounts', { limit: 1000 }, signal),
    get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal),
    get<Schemas['Overview']>('/overview', {}, signal),
  ]);
  return { accounts: accounts.items, numbers: numbers.items, overview };
}

export function Risk({ of }: { of: number }) {
  return <span class={`word ${of >= 3 ? 'bad' : of === 0 ? 'good' : ''}`}><span aria-hidden="true">{urgencyMark(of)} </span>{urgencyWord(of)}</span>;
}

function Matter({ row }: { row: Row }) {
  if (row.concerns.length < 2) return <Foreign>{row.sentence}</Foreign>;
  return (
    <details>
      <summary><Foreign>{row.sentence}</Foreign> ({t('more', row.concerns.length - 1)})</summary>
      <ul>{row.concerns.slice(1).map((c) => <li><Foreign>{c.sentence}</Foreign></li>)}</ul>
    </details>
  );
}

function free(p: Schemas['PortfolioCapacity']): string {
  return typeof p.marketing === 'number' ? amount(Math.max(0, p.marketing - p.used - p.reserved)) : t('unlimited');
}

function Numbers({ world }: { world: World }) {
  const rows = rowsOf(world);
  const seen = (r: Row) => world.overview.numbers.find((x) => x.number === r.number.id);
  const sent = (r: Row) => world.overview.portfolios.flatMap((p) => p.numbers).find((x) => x.number === r.number.id)?.sent_24h ?? 0;
  const count = (test: (u: number) => boolean) => rows.filter((r) => test(r.urgency)).length;
  return (
    <>
      <p class="verdict">{t('says', count((u) => u >= 3), rows.length, count((u) => u === 2), count((u) => u < 2))}</p>
      <Table title={t('fleet')} rows={rows} none={t('none')} columns={[
        { name: t('risk'), cell: (r) => <Risk of={r.urgency} />, sort: (r) => -r.urgency },
        { name: t('client'), cell: (r) => <Foreign>{r.account?.name ?? r.number.waba}</Foreign>, sort: (r) => r.account?.name },
        { name: t('number'), cell: (r) => <a href={`#/numbers/${encodeURIComponent(r.number.id)}`}><Foreign>{r.number.display}</Foreign></a>, sort: (r) => r.number.display },
        { name: t('sentence'), cell: (r) => <Matter row={r} /> },
        { name: t('sent_24h'), cell: (r) => amount(sent(r)), sort: sent },
        { name: t('failed'), cell: (r) => amount(seen(r)?.failed ?? 0), sort: (r) => seen(r)?.failed },
        { name: t('opt_outs'), cell: (r) => amount(seen(r)?.opt_outs ?? 0), sort: (r) => seen(r)?.opt_outs },
      ]} />
    </>
  );
}

export function Fleet() {
  const world = useLive(look, 'fleet', ['number', 'pause', 'alarm', 'incident']);
  return (
    <Live from={world}>{(w) => (
      <>
        <Numbers world={w} />
        <Table title={t('clients')} rows={w.overview.portfolios} none={t('none')} columns={[
          { name: t('risk'), cell: (p) => <Risk of={concernsOfPortfolio(p)[0]?.urgency ?? 0} /> },
          { name: t('portfolio'), cell: (p) => <Foreign>{p.portfolio}</Foreign>, sort: (p) => p.portfolio },
          { name: t('used'), cell: (p) => amount(p.used + p.reserved), sort: (p) => p.used + p.reserved },
          { name: t('limit'), cell: (p) => (typeof p.limit === 'number' ? amount(p.limit) : t('unlimited')), sort: (p) => (typeof p.limit === 'number' ? p.limit : Infinity) },
          { name: t('free'), cell: (p) => free(p) },
        ]} />
      </>
    )}</Live>
  );
}
