// What was sent around an incident, day by day.
import type { Schemas } from '../../api';
import { Chart, Foreign } from '../../parts';
import { amount, lang } from '../../texts';
import { t } from './words';

type Day = Schemas['IncidentDay'];

const utcDay = (at: string) => new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(at));

export function trafficSays(days: readonly Day[]): string {
  if (!days.some((d) => d.sent)) return t('no_traffic');
  const top = days.reduce((a, b) => (b.sent > a.sent ? b : a));
  const others = days.filter((d) => d !== top);
  const mean = others.reduce((n, d) => n + d.sent, 0) / Math.max(1, others.length);
  return t('traffic_says', amount(top.sent), utcDay(top.at), amount(Math.round(mean)), amount(days.reduce((n, d) => n + d.opt_outs, 0)));
}

export function Traffic({ days }: { days: readonly Day[] }) {
  return (
    <Chart title={t('traffic')} sentence={trafficSays(days)} over={t('day')} bars at={days.map((d) => utcDay(d.at))} series={[
      { name: t('sent'), values: days.map((d) => d.sent) },
      { name: t('marketing'), values: days.map((d) => d.marketing) },
      { name: t('failed_sends'), values: days.map((d) => d.failed) },
      { name: t('opt_outs'), values: days.map((d) => d.opt_outs) },
    ]} />
  );
}

export function LedgerEntry({ n }: { n: number | null | undefined }) {
  return n ? <a href={`#/ledger/${n}`}>{amount(n)}</a> : <Foreign>–</Foreign>;
}
