// Which numbers there are, how they are, and how much each may send.
import { get, type Schemas } from '../api';
import { Foreign, Live, Table, useClient, useLive } from '../parts';
import type { Place } from '../place';
import { rowsOf, type World } from '../risk';
import { amount, words } from '../texts';
import { Value, valueText } from '../values';
import { Risk } from './fleet';
import { One } from './numbers/one';

const t = words({
  account: ['Account', 'Account'],
  risk: ['How it is', 'Come sta'],
  sent_24h: ['Sent in 24 h', 'Inviati in 24 ore'],
  paused: ['Paused', 'In pausa'],
  fleet: ['All clients, by risk', 'Tutti i clienti, per rischio'],
});

export function Numbers({ id }: Place) {
  return id ? <One id={id} key={id} /> : <All />;
}

async function look(signal: AbortSignal): Promise<World> {
  const [accounts, numbers, overview] = await Promise.all([
    get<Schemas['AccountList']>('/accounts', { limit: 1000 }, signal),
    get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal),
    get<Schemas['Overview']>('/overview', {}, signal),
  ]);
  return { accounts: accounts.items, numbers: numbers.items, overview };
}

function All() {
  const client = useClient();
  const world = useLive(look, 'numbers', ['number', 'pause']);
  return (
    <Live from={world}>{(w) => {
      const rows = rowsOf(w).filter((r) => !client.portfolio || client.wabas.includes(r.number.waba));
      const sent = (id: string) => w.overview.portfolios.flatMap((p) => p.numbers).find((x) => x.number === id)?.sent_24h ?? 0;
      return (
        <>
          <Table title={t('numbers')} rows={rows} none={t('no_numbers')} columns={[
            { name: t('number'), cell: (r) => <a href={`#/numbers/${encodeURIComponent(r.number.id)}`}><Foreign>{r.number.display}</Foreign></a>, sort: (r) => r.number.display },
            { name: t('risk'), cell: (r) => <><Risk of={r.urgency} /><br /><Foreign>{r.sentence}</Foreign></>, sort: (r) => -r.urgency },
            { name: t('account'), cell: (r) => <Foreign>{r.account?.name ?? r.number.waba}</Foreign>, sort: (r) => r.account?.name },
            { name: t('state'), cell: (r) => <Value of={r.number.status} />, sort: (r) => r.number.status },
            { name: t('quality'), cell: (r) => <Value of={r.number.quality} />, sort: (r) => r.number.quality },
            { name: t('warmup'), cell: (r) => t(r.number.warmup ? 'warming' : 'established'), sort: (r) => (r.number.warmup ? 0 : 1) },
            { name: t('sent_24h'), cell: (r) => amount(sent(r.number.id)), sort: (r) => sent(r.number.id) },
            { name: t('throughput'), cell: (r) => amount(r.number.throughput), sort: (r) => r.number.throughput },
            { name: t('paused'), cell: (r) => r.number.paused.map((p) => valueText(p.purpose)).join(', ') || '–' },
          ]} />
          <p><a href="#/fleet">{t('fleet')}</a></p>
        </>
      );
    }}</Live>
  );
}
