// What the last look ahead said: who would get it, who not and why, and what can be mended.
import { useState } from 'preact/hooks';
import { post, type Schemas } from '../../api';
import { Foreign, Moment, Table, Word } from '../../parts';
import { amount, time } from '../../texts';
import { link as templateLink } from '../templates/link';
import { by, type Who } from '../who';
import { Findings, useLint } from '../templates/lint';
import { Deed, Said, Shares, useDeed, type Campaign } from './shared';
import { t } from './words';

export type Preflight = Schemas['Preflight'];

const OLD_MS = 3600_000;
const percent = (share: number) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(share * 100);
const list = (id: string, rule: string, verdict = '') =>
  `#/campaigns/${id}?${new URLSearchParams({ show: 'refused', rule, verdict })}`;

export function Check({ c, p, who, again }: { c: Campaign; p: Preflight; who: Who; again: () => void }) {
  return (
    <>
      <p class="verdict">{t('check_says', amount(p.sendable), amount(p.people), amount(p.held), amount(p.refused))}</p>
      <Shares title={t('check_bar')} of={[
        { name: t('sendable'), n: p.sendable, tone: 'good' },
        { name: t('later'), n: p.held, tone: 'wait' },
        { name: t('refused'), n: p.refused, tone: 'bad' },
      ]} />
      <p class="source">{t('of_check', time(p.at), p.policy)}</p>
      {Date.now() - Date.parse(p.at) > OLD_MS && <p class="note">{t('stale_check')}</p>}
      <Besides p={p} />
      <Table title={t('by_rule')} rows={p.rules} none={t('all_may')} columns={[
        { name: t('rule'), cell: (r) => <><Foreign>{r.title}</Foreign> <code>{r.id}</code></> },
        { name: t('effect'), cell: (r) => <Word>{t(r.level === 'refuse' ? 'refuse' : r.level === 'hold' ? 'hold_level' : 'warn')}</Word> },
        { name: t('fate'), cell: (r) => (r.level === 'warn' ? amount(r.people) : <a href={list(c.id, r.id)}>{t('show_list', amount(r.people))}</a>) },
        { name: t('remedy'), cell: (r) => <Foreign>{r.remedy}</Foreign> },
      ]} />
      <Fixes c={c} p={p} who={who} again={again} />
      <Table title={t('sources')} rows={p.sources} none={t('none_of_it')} columns={[
        { name: t('list'), cell: (s) => <Foreign>{s.source ?? t('unnamed')}</Foreign> },
        { name: t('fate'), cell: (s) => amount(s.people) },
        { name: t('sendable'), cell: (s) => amount(s.sendable) },
        { name: t('later'), cell: (s) => amount(s.held) },
        { name: t('refused'), cell: (s) => amount(s.refused) },
        { name: t('never_agreed'), cell: (s) => amount(s.no_opt_in) },
        { name: t('withdrew'), cell: (s) => amount(s.withdrawn) },
      ]} />
      <Texts c={c} p={p} />
      <Spike of={p.spike} />
      <Forecast of={p.forecast} />
      {p.held_until.length > 0 && <Table title={t('held_until')} rows={p.held_until} none="" columns={[
        { name: t('held_until'), cell: (u) => (u.until ? <Moment at={u.until} /> : t('not_known')) },
        { name: t('fate'), cell: (u) => amount(u.people) },
      ]} />}
      <Table title={t('contact')} rows={p.last_contact} none={t('none_of_it')} columns={[
        { name: t('when'), cell: (x) => (x.within_days === null ? t('longer') : t('within_days', x.within_days)) },
        { name: t('fate'), cell: (x) => amount(x.people) },
      ]} />
      <h2>{t('personal')}</h2>
      <p>{t('personal_says', amount(p.personalisation.own_values), amount(p.personalisation.distinct), amount(p.personalisation.unfilled))}</p>
      {p.cost && <><h2>{t('cost')}</h2><p>{t('cost_says', amount(p.cost.amount), p.cost.currency ?? '', p.cost.price)}</p></>}
      <Table title={t('stops')} rows={p.stops} none={t('no_stops')} columns={[
        { name: t('signal'), cell: (s) => <Foreign>{s.means}</Foreign> },
        { name: t('limit'), cell: (s) => (s.above !== null ? t('stop_above', percent(s.above)) : t('stop_below', percent(s.below ?? 0))) },
      ]} />
      <Unknowns p={p} />
    </>
  );
}

// Rows that are nobody's to judge.
function Besides({ p }: { p: Preflight }) {
  const rows = ([
    ['duplicate', p.duplicates], ['invalid', p.invalid], ['forgotten', p.forgotten], ['suspended', p.suspended],
  ] as const).filter(([, n]) => n > 0);
  if (!rows.length) return null;
  return <p>{t('besides')} {rows.map(([name, n], i) => <>{i ? '; ' : ''}<a href={list(p.campaign, '', name)}>{t(name)}: {amount(n)}</a></>)}</p>;
}

function Fixes({ c, p, who, again }: { c: Campaign; p: Preflight; who: Who; again: () => void }) {
  const deed = useDeed();
  const [out, setOut] = useState<string[]>([]);
  const bad = p.sources.filter((s) => s.source && s.no_opt_in > 0);
  const over = /^(done|cancelled)$/.test(c.state);
  if (over || (!bad.length && !p.refused && !out.length)) return null;
  const turn = (source: string, suspend: boolean) => deed.run(async () => {
    const done = await post<Schemas['SourceSuspension']>(`/sources/${suspend ? 'suspend' : 'resume'}`,
      { source, reason: t('never_agreed'), ...by(who) });
    setOut((old) => (suspend ? [...old, source] : old.filter((x) => x !== source)));
    await post(`/campaigns/${c.id}/preflight`);
    again();
    return t(suspend ? 'left_out' : 'taken_back', source, amount(done.people));
  });
  return (
    <section>
      <h2>{t('fix')}</h2>
      <ul class="plain">
        {bad.map((s) => (
          <li>
            <p><Foreign>{t('fix_source', s.source!, amount(s.no_opt_in), amount(s.people))}</Foreign></p>
            <Deed roles={['author', 'approver', 'compliance']} name={t('leave_out', amount(s.people), s.source!)} run={() => turn(s.source!, true)} />
          </li>
        ))}
        {out.map((s) => <li><Deed roles={['approver']} name={t('take_back', s)} run={() => turn(s, false)} /></li>)}
        {p.refused > 0 && <li>{t('fix_refused')}</li>}
      </ul>
      <Said of={deed} />
    </section>
  );
}

// The templates as they are, and what the lint finds in them.
function Texts({ c, p }: { c: Campaign; p: Preflight }) {
  const lint = useLint(c.waba, c.templates);
  return (
    <section>
      <Table title={t('template_checks')} rows={p.templates} none={t('none_of_it')} columns={[
        { name: t('template'), cell: (x) => <a href={templateLink({ waba: c.waba, name: x.template, language: x.language })}><Foreign>{x.template} ({x.language})</Foreign></a> },
        { name: t('category'), cell: (x) => <Foreign>{x.category}</Foreign> },
        { name: t('state'), cell: (x) => <Word>{x.status}</Word> },
        { name: t('quality'), cell: (x) => <Word>{x.quality}</Word> },
        { name: t('fate'), cell: (x) => amount(x.people) },
      ]} />
      <h2>{t('lint_findings')}</h2>
      {lint.failed && <p role="alert"><Foreign>{lint.failed}</Foreign></p>}
      {lint.items.map((x) => (x.problems.length ? <Findings of={x} /> : <p>{t('lint_fine', x.name ?? '')}</p>))}
    </section>
  );
}

function Spike({ of }: { of: Preflight['spike'] }) {
  const rows = [
    [t('planned'), of.planned], [t('sent_24h'), of.sent_24h], [t('highest_7d'), of.highest_7d],
  ] as const;
  const most = Math.max(1, ...rows.map(([, n]) => n));
  return (
    <section>
      <h2>{t('spike')}</h2>
      <p>{of.ratio === null ? t('spike_new', amount(of.planned))
        : t('spike_says', amount(of.planned), amount(of.highest_7d), amount(Math.round(of.ratio * 10) / 10))}</p>
      <table class="bars">
        <tbody>{rows.map(([name, n]) => (
          <tr>
            <th scope="row">{name}</th>
            <td>{amount(n)}</td>
            <td class="wide" aria-hidden="true">
              <svg class="bar" viewBox="0 0 1000 20" preserveAspectRatio="none"><rect class="fill-wait" width={(n / most) * 1000} height="20" /></svg>
            </td>
          </tr>
        ))}</tbody>
      </table>
    </section>
  );
}

function Forecast({ of }: { of: Preflight['forecast'] }) {
  const says = of.days === null ? t('forecast_never')
    : of.days <= 1 ? t('forecast_one', of.ends_at ? time(of.ends_at) : '–')
      : t('forecast_says', amount(of.days), of.ends_at ? time(of.ends_at) : '–');
  return (
    <section>
      <h2>{t('forecast')}</h2>
      <p>{says}</p>
      {of.by_day.length > 1 && <Table title={t('forecast')} rows={of.by_day} none="" columns={[
        { name: t('day'), cell: (d) => amount(d.day) },
        { name: t('fate'), cell: (d) => amount(d.people) },
        { name: t('limited_by'), cell: (d) => (d.limit ? <code>{d.limit}</code> : '–') },
      ]} />}
    </section>
  );
}

function Unknowns({ p }: { p: Preflight }) {
  const never = p.last_contact.find((x) => x.within_days === null)?.people ?? 0;
  const open = p.held_until.find((x) => x.until === null)?.people ?? 0;
  const all = [
    !p.cost && t('unknown_cost'), p.spike.ratio === null && t('unknown_history'), !p.withheld && t('unknown_withheld'),
    open > 0 && t('unknown_held', amount(open)), never > 0 && t('unknown_contact', amount(never)),
  ].filter(Boolean);
  return (
    <section>
      {p.withheld && <p>{t('withheld_says', percent(p.withheld.share), amount(p.withheld.people))}</p>}
      <h2>{t('unknowns')}</h2>
      {all.length ? <ul>{all.map((s) => <li>{s}</li>)}</ul> : <p>{t('all_known')}</p>}
    </section>
  );
}
