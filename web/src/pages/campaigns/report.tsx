// What came of a campaign, by template, segment, list, wave and button.
import { post, type Schemas } from '../../api';
import { Foreign, Table } from '../../parts';
import { amount } from '../../texts';
import { by, type Who } from '../who';
import { Deed, Part, Said, useDeed, type Campaign } from './shared';
import { t } from './words';

type Figures = Schemas['ReportTotals'];

const figures = ['people', 'sent', 'delivered', 'read', 'failed', 'unknown', 'refused', 'opt_outs', 'clicks'] as const;
const nameOf = (f: (typeof figures)[number]) => t(f === 'people' ? 'fate' : f);

function Group<T extends Figures>({ title, head, rows, name }:
  { title: string; head: string; rows: readonly T[]; name: (row: T) => string }) {
  return (
    <Table title={title} rows={rows} none={t('none_of_it')} columns={[
      { name: head, cell: (r) => <Foreign>{name(r)}</Foreign> },
      ...figures.map((f) => ({ name: nameOf(f), cell: (r: T) => amount(r[f]) })),
    ]} />
  );
}

export function Report({ of, c, who, again }: { of: Schemas['CampaignReport']; c: Campaign; who: Who; again: () => void }) {
  return (
    <Part title={t('report')}>
      <Group title={t('by_template')} head={t('template')} rows={of.templates} name={(r) => r.template ?? t('none_of_it')} />
      {c.templates.length > 1 && <Choice c={c} who={who} again={again} />}
      {of.segments.length > 1 && <Group title={t('by_segment')} head={t('segment')} rows={of.segments} name={(r) => r.segment ?? t('unnamed')} />}
      {of.sources.length > 1 && <Group title={t('by_source')} head={t('list')} rows={of.sources} name={(r) => r.source ?? t('unnamed')} />}
      <Group title={t('by_wave')} head={t('wave')} rows={of.waves} name={(r) => (r.wave ? amount(r.wave) : t('waiting'))} />
      {of.buttons.length > 0 && <Table title={t('buttons')} rows={of.buttons} none="" columns={[
        { name: t('template'), cell: (b) => <Foreign>{b.template ?? '–'}</Foreign> },
        { name: t('button'), cell: (b) => <Foreign>{b.title ?? amount(b.button)}</Foreign> },
        { name: t('clicks'), cell: (b) => amount(b.clicks) },
      ]} />}
      {of.refused_by.length > 0 && <Table title={t('by_rule')} rows={of.refused_by} none="" columns={[
        { name: t('rule'), cell: (r) => <a href={`#/campaigns/${c.id}?show=refused&rule=${encodeURIComponent(r.id)}`}><code>{r.id}</code></a> },
        { name: t('fate'), cell: (r) => amount(r.people) },
      ]} />}
      {of.errors.length > 0 && <Table title={t('meta_errors')} rows={of.errors} none="" columns={[
        { name: t('error_code'), cell: (e) => e.code },
        { name: t('fate'), cell: (e) => amount(e.people) },
      ]} />}
    </Part>
  );
}

// Of several templates, one for all who were not sent to yet.
function Choice({ c, who, again }: { c: Campaign; who: Who; again: () => void }) {
  const deed = useDeed();
  if (c.chosen) return <p><Foreign>{t('chosen', c.chosen)}</Foreign></p>;
  if (/^(done|cancelled)$/.test(c.state)) return null;
  const choose = (template: string) => deed.run(async () => {
    await post(`/campaigns/${c.id}/choose`, { template, ...by(who) });
    again();
    return t('chosen', template);
  });
  return (
    <>
      <p class="row">{c.templates.map((x) => <Deed roles={['author', 'approver']} name={`${t('choose_one')}: ${x.name}`} run={() => choose(x.name)} />)}</p>
      <Said of={deed} />
    </>
  );
}
