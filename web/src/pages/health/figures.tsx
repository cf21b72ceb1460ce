// How much of the portfolios' capacity is used, by which number; and what shows early that something goes wrong.
import type { Schemas } from '../../api';
import { Figure, Foreign, Table } from '../../parts';
import type { World } from '../../risk';
import { amount, time, words } from '../../texts';

const t = words({
  capacity: ['Capacity of the portfolio {0}', 'Capacità del portfolio {0}'],
  limit: ['People in 24 hours', 'Persone in 24 ore'],
  used: ['Used', 'Usate'],
  reserved: ['Reserved', 'Riservate'],
  free: ['Free for marketing', 'Libere per il marketing'],
  says: ['{0} of {1} people are used or reserved.', '{0} persone su {1} usate o riservate.'],
  eaters: ['Which number uses it', 'Quale numero la usa'],
  eaters_are: [
    'Messages of the last 24 hours: they stand for people, whom the portfolio counts over all of its numbers.',
    'Messaggi delle ultime 24 ore: stanno per le persone, che il portfolio conta su tutti i suoi numeri.'],
  sent: ['Sent in 24 h', 'Inviati in 24 ore'],
  part: ['Part', 'Parte'],
  no_numbers_of: ['It has no numbers.', 'Non ha numeri.'],
  meta_limit: ['Meta', 'Meta'],
  indicators: ['Early signs', 'Primi segnali'],
  since: ['Since {0}, of {1} decisions.', 'Dalle {0}, su {1} decisioni.'],
  newest: ['Only the newest {0} decisions were looked at.', 'Sono state esaminate solo le {0} decisioni più recenti.'],
  refused: ['Refused by policy', 'Rifiutati dalle regole'],
  held_now: ['Held now', 'In sospeso adesso'],
  failed: ['Rejected by Meta', 'Respinti da Meta'],
  opt_outs: ['Opt-outs per 1,000 delivered', 'Revoche ogni 1.000 consegnati'],
  read_rate: ['Marketing that was read', 'Marketing letto'],
  replies: ['People who wrote and wait for an answer', 'Persone che hanno scritto e aspettano risposta'],
  capped: ['Held back by Meta (131049)', 'Trattenuti da Meta (131049)'],
  unknown_now: ['Unknown outcome now', 'Esito ignoto adesso'],
  bypassed: ['Did not pass Varco', 'Non passati da Varco'],
  reasons: ['Why messages were refused or held', 'Perché i messaggi sono stati rifiutati o messi in sospeso'],
  no_reasons: ['Nothing was refused or held.', 'Nulla è stato rifiutato o messo in sospeso.'],
  decisions_n: ['Decisions', 'Decisioni'],
  codes: ['Meta’s error codes', 'Codici di errore di Meta'],
  no_codes: ['Meta rejected nothing.', 'Meta non ha respinto nulla.'],
  code: ['Code', 'Codice'],
});

type Overview = Schemas['Overview'];
type Portfolio = Schemas['PortfolioCapacity'];

const share = (n: number, of: number) => (of ? `${((n / of) * 100).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} %` : '–');

function One({ p, of, at }: { p: Portfolio; of: World; at: string }) {
  const all = p.numbers.reduce((n, x) => n + x.sent_24h, 0);
  const display = (id: string) => of.numbers.find((n) => n.id === id)?.display ?? id;
  const limited = typeof p.limit === 'number' && typeof p.marketing === 'number';
  return (
    <section>
      <h2>{t('capacity', '')}<Foreign>{p.portfolio}</Foreign></h2>
      <Figure name={t('limit')} value={limited ? amount(p.limit as number) : t('unlimited')} href="#/numbers" source={t('meta_limit')} at={at} />
      {limited && (
        <>
          <Figure name={t('used')} value={amount(p.used)} href="#/decisions?state=delivered" at={at} />
          <Figure name={t('reserved')} value={amount(p.reserved)} href="#/decisions?state=accepted" at={at} />
          <Figure name={t('free')} value={amount(Math.max(0, (p.marketing as number) - p.used - p.reserved))} href="#/numbers" at={at} />
          <p><meter min={0} max={p.limit as number} high={p.marketing as number} value={p.used + p.reserved} aria-label={t('capacity', p.portfolio)} />
            {' '}{t('says', amount(p.used + p.reserved), amount(p.limit as number))}</p>
        </>
      )}
      <details>
        <summary>{t('eaters')}</summary>
        <Table title={t('eaters')} rows={p.numbers} none={t('no_numbers_of')} columns={[
          { name: t('number'), cell: (n) => <a href={`#/numbers/${encodeURIComponent(n.number)}`}><Foreign>{display(n.number)}</Foreign></a> },
          { name: t('sent'), cell: (n) => amount(n.sent_24h), sort: (n) => n.sent_24h },
          { name: t('part'), cell: (n) => share(n.sent_24h, all) },
        ]} />
        <p class="source">{t('eaters_are')}</p>
      </details>
    </section>
  );
}

export function Capacity({ of, at }: { of: World; at: string }) {
  return <>{of.overview.portfolios.map((p) => <One p={p} of={of} at={at} />)}</>;
}

type Counted = 'sent' | 'delivered' | 'failed' | 'opt_outs' | 'marketing' | 'marketing_delivered' | 'marketing_read' | 'capped' | 'bypassed' | 'unanswered';

function Figures({ of, queues }: { of: Overview; queues: Schemas['Queues'] }) {
  const sum = (what: Counted) => of.numbers.reduce((n, x) => n + x[what], 0);
  const since = `since=${encodeURIComponent(of.since)}`;
  const thousand = sum('delivered') ? ((sum('opt_outs') / sum('delivered')) * 1000).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) : '–';
  const rows: [string, string, string][] = [
    [t('refused'), `${amount(of.reasons.refused)} (${share(of.reasons.refused, of.reasons.looked_at)})`, `#/decisions?verdict=refuse&${since}`],
    [t('held_now'), amount(queues.held), '#/decisions?state=held'],
    [t('failed'), `${amount(sum('failed'))} (${share(sum('failed'), sum('sent'))})`, `#/decisions?state=failed&${since}`],
    [t('opt_outs'), thousand, '#/people'],
    [t('read_rate'), share(sum('marketing_read'), sum('marketing_delivered')), `#/decisions?state=read&${since}`],
    [t('capped'), `${amount(sum('capped'))} (${share(sum('capped'), sum('marketing'))})`, `#/decisions?state=failed&${since}`],
    [t('replies'), amount(sum('unanswered')), '#/numbers'],
    [t('unknown_now'), amount(queues.unknown), '#/decisions?state=unknown'],
    [t('bypassed'), amount(sum('bypassed')), '#/integrations'],
  ];
  return <div>{rows.map(([name, value, href]) => <Figure name={name} value={value} href={href} at={of.at} />)}</div>;
}

export function Indicators({ of, queues }: { of: Overview; queues: Schemas['Queues'] }) {
  const since = encodeURIComponent(of.since);
  return (
    <section>
      <h2>{t('indicators')}</h2>
      <p class="source">{t('since', time(of.since), amount(of.reasons.looked_at))} {!of.reasons.all && t('newest', amount(of.reasons.looked_at))}</p>
      <Figures of={of} queues={queues} />
      <Table title={t('reasons')} rows={of.reasons.rules} none={t('no_reasons')} columns={[
        { name: t('rule'), cell: (r) => <><Foreign>{r.about}</Foreign> <code>{r.rule}</code></>, sort: (r) => r.rule },
        { name: t('decisions_n'), cell: (r) => <a href={`#/decisions?rule=${encodeURIComponent(r.rule)}&since=${since}`}>{amount(r.decisions)}</a>, sort: (r) => r.decisions },
        { name: t('part'), cell: (r) => share(r.decisions, of.reasons.looked_at) },
      ]} />
      <Table title={t('codes')} rows={of.reasons.codes} none={t('no_codes')} columns={[
        { name: t('code'), cell: (c) => c.code, sort: (c) => c.code },
        { name: t('decisions_n'), cell: (c) => <a href={`#/decisions?state=failed&since=${since}`}>{amount(c.decisions)}</a>, sort: (c) => c.decisions },
      ]} />
    </section>
  );
}
