// One template: how it looks, what Meta says of it, what came of it, and where it is used.
import { get, type Schemas } from '../../api';
import { Facts, Foreign, Live, Moment, Table, useLive, Word } from '../../parts';
import { amount, time } from '../../texts';
import { Shares, State } from '../campaigns/shared';
import { Value, valueText } from '../../values';
import { Preview } from '../preview';
import { TextDiff } from './diff';
import { Pause } from './index';
import { Findings, useLint } from './lint';
import { t } from './words';

type Template = Schemas['Template'];
type Use = Schemas['TemplateUse'];

const DAYS = 7;

export function One({ waba, name, language }: { waba: string; name: string; language: string }) {
  const path = `/templates/${[waba, name, language].map(encodeURIComponent).join('/')}`;
  const live = useLive(async (signal) => ({
    one: await get<Template>(path, {}, signal),
    use: await get<Use>(`${path}/use`, { days: DAYS }, signal),
    signals: (await get<Schemas['BreakerSignalList']>('/signals', { scope: 'template', id: `${waba}/${name}/${language}` }, signal)).items,
  }), path, ['template', 'campaign']);
  return (
    <>
      <p><a href="#/templates">{t('back')}</a></p>
      <Live from={live}>{({ one, use, signals }) => (
        <>
          <h2><Foreign>{one.name}</Foreign> <small><Foreign>{one.language}</Foreign></small></h2>
          <Banners of={one} />
          <Facts rows={[
            [t('status'), <Word>{one.status}</Word>],
            [t('quality'), <Word>{one.quality}</Word>],
            [t('our_category'), <Foreign>{one.category ?? '–'}</Foreign>],
            [t('meta_category'), <Foreign>{one.correct_category ?? t('same')}</Foreign>],
            [t('paused_until'), <Pause of={one} />],
            [t('account'), <Foreign>{one.waba}</Foreign>],
          ]} />
          <div class="two">
            <section><h3>{t('preview')}</h3><Preview name={one.name} components={one.components} /></section>
            <Lint of={one} />
          </div>
          <TextDiff path={path} />
          <Outcomes of={use} />
          <UsedBy of={use} />
          <Signals of={signals} />
          <History of={one.changes ?? []} />
          <details><summary>{t('definition')}</summary><pre tabIndex={0}><Foreign>{JSON.stringify(one.components, null, 1)}</Foreign></pre></details>
        </>
      )}</Live>
    </>
  );
}

function Banners({ of }: { of: Template }) {
  const differs = of.correct_category && of.correct_category !== of.category;
  return (
    <>
      {differs && of.category_change_at && <p class="note" role="alert">{t('category_changes', of.correct_category!, time(of.category_change_at))}</p>}
      {differs && !of.category_change_at && <p class="note" role="alert">{t('category_changed', of.correct_category!, of.category ?? '–')}</p>}
      {of.status === 'PAUSED' && <p class="note" role="alert">{of.paused_until ? t('is_paused', time(of.paused_until)) : t('is_paused_open')}</p>}
      {!/^(APPROVED|PAUSED)$/.test(of.status) && <p class="note" role="alert"><Foreign>{t('is_not_usable', of.status)}</Foreign></p>}
      {of.reason && <p>{t('meta_says')}: <Foreign>{of.reason}</Foreign></p>}
      {of.release && (
        <p class="note">
          {t('release', amount(of.release.taken), amount(of.release.up_to))}
          {of.release.opens_at && <> {t('next_step', time(of.release.opens_at))}</>}
        </p>
      )}
    </>
  );
}

function Lint({ of }: { of: Template }) {
  const lint = useLint(of.waba, [of]);
  return (
    <section>
      <h3>{t('findings')}</h3>
      {lint.failed && <p role="alert"><Foreign>{lint.failed}</Foreign></p>}
      {lint.items.map((x) => <Findings of={x} />)}
    </section>
  );
}

function Outcomes({ of }: { of: Use }) {
  const f = of.figures;
  const rows = [
    ['sent', f.sent], ['delivered', f.delivered], ['read', f.read], ['failed', f.failed], ['withheld', f.withheld],
    ['opt_outs', f.opt_outs], ['complaints', f.complaints],
  ] as const;
  return (
    <section class="card">
      <h2>{t('outcomes', DAYS)}</h2>
      <p>{f.sent ? t('outcomes_says', amount(f.sent), amount(f.delivered), amount(f.failed), amount(f.withheld), amount(f.opt_outs)) : t('no_outcomes')}</p>
      {f.sent > 0 && <Shares title={t('outcomes_bar')} of={[
        { name: t('delivered'), n: f.delivered, tone: 'good' },
        { name: t('failed'), n: f.failed, tone: 'bad' },
        { name: t('withheld'), n: f.withheld, tone: 'wait' },
      ]} />}
      <Table title={t('figures')} rows={rows} none="" columns={[
        { name: t('figure'), cell: ([name]) => t(name) },
        { name: t('count'), cell: ([name, n]) => (name === 'read' ? `${amount(n)} / ${amount(f.read_of)}` : amount(n)) },
      ]} />
      <Table title={t('buttons')} rows={of.buttons} none={t('no_buttons')} columns={[
        { name: t('button'), cell: (b) => <Foreign>{b.title ?? amount(b.button)}</Foreign> },
        { name: t('clicks'), cell: (b) => amount(b.clicks) },
      ]} />
      <p class="source">{t('own_figures', time(of.since))}</p>
    </section>
  );
}

function UsedBy({ of }: { of: Use }) {
  if (!of.campaigns.length && !of.triggers.length) return <section><h2>{t('used_by')}</h2><p>{t('not_used')}</p></section>;
  return (
    <>
      <Table title={t('used_by')} rows={of.campaigns} none={t('not_used')} columns={[
        { name: t('campaign'), cell: (c) => <a href={`#/campaigns/${c.id}`}><Foreign>{c.name}</Foreign></a> },
        { name: t('state'), cell: (c) => <State of={c.state} /> },
        { name: t('when'), cell: (c) => <Moment at={c.at} /> },
      ]} />
      {of.triggers.length > 0 && <ul>{of.triggers.map((x) => <li>{t('trigger')}: <a href={`#/automations/trigger/${encodeURIComponent(x)}`}><Foreign>{x}</Foreign></a></li>)}</ul>}
    </>
  );
}

function Signals({ of }: { of: readonly Schemas['BreakerSignal'][] }) {
  const share = (n: number | null) => (n === null ? '–' : `${Math.round(n * 1000) / 10} %`);
  return (
    <Table title={t('signals')} rows={of} none={t('no_history')} columns={[
      { name: t('because'), cell: (s) => <Foreign>{s.means ?? s.signal}</Foreign> },
      { name: t('level'), cell: (s) => <Value of={s.level} /> },
      { name: t('count'), cell: (s) => `${amount(s.part)} / ${amount(s.of)}` },
      { name: t('share'), cell: (s) => share(s.share) },
    ]} />
  );
}

const FIELDS: Record<string, string> = {
  status: t('status'), quality: t('quality'), category: t('our_category'), correct_category: t('meta_category'), paused_until: t('paused_until'), reason: t('reason'),
};

function History({ of }: { of: readonly Schemas['Change'][] }) {
  const text = (c: Schemas['Change']) => (c.before ? t('text_changed', c.before, c.after ?? '') : t('text_first', c.after ?? ''));
  return (
    <Table title={t('history')} rows={of} none={t('no_history')} columns={[
      { name: t('when'), cell: (c) => <Moment at={c.at} /> },
      { name: t('field'), cell: (c) => <Foreign>{c.field === 'content' ? text(c) : FIELDS[c.field] ?? c.field}</Foreign> },
      { name: t('before'), cell: (c) => <Foreign>{c.field === 'content' ? '–' : c.before ?? '–'}</Foreign> },
      { name: t('after'), cell: (c) => <Foreign>{c.field === 'content' ? '–' : c.after ?? '–'}</Foreign> },
      { name: t('told_by'), cell: (c) => <Foreign>{valueText(c.source)}</Foreign> },
    ]} />
  );
}
