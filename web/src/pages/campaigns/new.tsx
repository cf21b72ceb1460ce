// A new campaign, in steps on one page: what, to whom, with which words, at which price. It becomes a draft; nothing is sent.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Foreign, Live } from '../../parts';
import { Preview, variables } from '../preview';
import { by, useWho } from '../who';
import { decode, headOf, TABLE_MAX_MB, type Head } from './audience';
import { Deed, NameField, Part, Said, useAsked, useDeed, type Campaign } from './shared';
import { t } from './words';

type Template = Schemas['Template'];

interface Known {
  numbers: Schemas['Number'][];
  templates: Template[];
  campaigns: Schemas['CampaignHead'][];
}

async function look(signal: AbortSignal): Promise<Known> {
  const [numbers, templates, campaigns] = await Promise.all([
    get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal),
    get<Schemas['TemplateList']>('/templates', { status: 'APPROVED', limit: 1000 }, signal),
    get<Schemas['CampaignList']>('/campaigns', { limit: 50 }, signal),
  ]);
  return { numbers: numbers.items, campaigns: campaigns.items, templates: templates.items.filter((x) => x.category !== 'AUTHENTICATION') };
}

export function New() {
  const known = useAsked(look, 'new');
  return (
    <>
      <p><a href="#/campaigns">{t('back')}</a></p>
      <h2>{t('new')}</h2>
      <p>{t('nothing_sent')}</p>
      <Live from={known}>{(k) => <Form known={k} />}</Live>
    </>
  );
}

interface Draft {
  name: string;
  number: string;
  template: string;
  other: string;
  source: 'table' | 'record';
  purpose: string;
  wrote: string;
  silent: string;
  country: string;
  read: string;
  map: Record<string, { column: string; otherwise: string }>;
  price: string;
  currency: string;
}

const empty: Draft = {
  name: '', number: '', template: '', other: '', source: 'table', purpose: 'marketing', wrote: '', silent: '', country: '', read: '',
  map: {}, price: '', currency: 'EUR',
};

const key = (x: Template) => `${x.name}/${x.language}`;

function conditions(d: Draft): string[] {
  return Object.entries({ purpose: d.purpose, wrote_within: d.wrote, silent_for: d.silent, country: d.country, read: d.read })
    .filter(([, v]) => v).map(([k, v]) => `${k}=${v}`);
}

// Names of people's columns that a variable takes by itself.
function columnOf(variable: string, d: Draft, head: Head | undefined): string {
  return d.map[variable]?.column ?? (head?.columns.includes(variable) ? variable : '');
}

function mapping(names: string[], d: Draft, head: Head | undefined): string[] {
  return names.map((v) => {
    const otherwise = d.map[v]?.otherwise ?? '';
    return `${v}=${columnOf(v, d, head)}${otherwise ? `|${otherwise}` : ''}`;
  }).filter((m) => !m.endsWith('='));
}

function Form({ known }: { known: Known }) {
  const [d, setD] = useState<Draft>(empty);
  const [file, setFile] = useState<File>();
  const [head, setHead] = useState<Head>();
  const who = useWho();
  const deed = useDeed();
  const set = (more: Partial<Draft>) => setD((old) => ({ ...old, ...more }));

  const number = known.numbers.find((n) => n.id === d.number);
  const fitting = known.templates.filter((x) => !number || x.waba === number.waba);
  const chosen = fitting.find((x) => key(x) === d.template);
  const names = chosen ? variables(chosen.components) : [];
  const table = d.source === 'table';
  const values = Object.fromEntries(names.map((v) =>
    [v, (table ? head?.first[columnOf(v, d, head)] : '') || d.map[v]?.otherwise || '']));
  const reachable = head?.columns.some((c) => /^(phone|bsuid)$/i.test(c));

  const missing = [
    !d.name.trim() && t('campaign_name'), !number && t('from_number'), !chosen && t('template'),
    table && !(file && reachable) && t('by_table'), !table && !conditions(d).length && t('by_record'),
    !who.name && !who.typed.trim() && t('your_name'),
  ].filter(Boolean).join(', ');

  const make = async () => {
    const audience = table && file ? { audience: decode(await file.arrayBuffer()) } : { filter: conditions(d) };
    const made = await post<Campaign>('/campaigns', {
      name: d.name.trim(), number: d.number, template: [chosen!.name, ...(d.other ? [d.other] : [])], language: chosen!.language,
      map: mapping(names, d, table ? head : undefined), ...audience, ...by(who),
      ...(d.price.trim() && { price: d.price.trim().replace(',', '.'), currency: d.currency.trim() }),
    });
    location.hash = `#/campaigns/${made.id}`;
    return '';
  };

  return (
    <form onSubmit={(e) => { e.preventDefault(); if (!missing) deed.run(make); }}>
      <Part title={t('step_what')}>
        <div class="fields">
          <label>{t('campaign_name')}<input name="name" maxLength={200} value={d.name} onInput={(e) => set({ name: e.currentTarget.value })} /></label>
          <label>{t('from_number')}
            <select name="number" value={d.number} onChange={(e) => set({ number: e.currentTarget.value, template: '', other: '' })}>
              <option value="">{t('choose')}</option>
              {known.numbers.map((n) => <option value={n.id}>{n.display} ({n.id})</option>)}
            </select>
          </label>
          <label>{t('template')}
            <select name="template" value={d.template} onChange={(e) => set({ template: e.currentTarget.value, other: '', map: {} })}>
              <option value="">{t('choose')}</option>
              {fitting.map((x) => <option value={key(x)}>{x.name} ({x.language}), {x.category}</option>)}
            </select>
          </label>
          {chosen && fitting.some((x) => x.language === chosen.language && x !== chosen) && (
            <label>{t('compare_with')}
              <select name="other" value={d.other} onChange={(e) => set({ other: e.currentTarget.value })}>
                <option value="">{t('nothing_compared')}</option>
                {fitting.filter((x) => x.language === chosen.language && x !== chosen).map((x) => <option value={x.name}>{x.name}</option>)}
              </select>
            </label>
          )}
        </div>
        {number && !fitting.length && <p class="note">{t('no_templates')}</p>}
      </Part>
      <Part title={t('step_who')}>
        <fieldset class="row">
          <legend class="unseen">{t('step_who')}</legend>
          {(['table', 'record'] as const).map((s) => (
            <label class="check"><input type="radio" name="source" checked={d.source === s} onChange={() => set({ source: s })} />
              {t(s === 'table' ? 'by_table' : 'by_record')}</label>
          ))}
        </fieldset>
        {table ? (
          <Table file={file} head={head} reachable={reachable} take={(f, h) => { setFile(f); setHead(h); }} />
        ) : <Conditions d={d} set={set} campaigns={known.campaigns} />}
      </Part>
      {chosen && (
        <Part title={t('step_variables')}>
          {names.length ? names.map((v) => (
            <div class="fields">
              {table && (
                <label>{t('column_of', v)}
                  <select name={`column-${v}`} value={columnOf(v, d, head)}
                    onChange={(e) => set({ map: { ...d.map, [v]: { column: e.currentTarget.value, otherwise: d.map[v]?.otherwise ?? '' } } })}>
                    <option value="">{t('always')}</option>
                    {head?.columns.map((c) => <option value={c}>{c}</option>)}
                  </select>
                </label>
              )}
              <label>{t('otherwise', v)}
                <input name={`otherwise-${v}`} value={d.map[v]?.otherwise ?? ''}
                  onInput={(e) => set({ map: { ...d.map, [v]: { column: columnOf(v, d, head), otherwise: e.currentTarget.value } } })} />
              </label>
            </div>
          )) : <p>{t('no_variables')}</p>}
          <h3>{t('preview')}</h3>
          <Preview name={chosen.name} components={chosen.components} values={values} />
        </Part>
      )}
      <Part title={t('step_cost')}>
        <div class="fields">
          <label>{t('price')}<input name="price" inputMode="decimal" value={d.price} onInput={(e) => set({ price: e.currentTarget.value })} /></label>
          <label>{t('currency')}<input name="currency" maxLength={3} value={d.currency} onInput={(e) => set({ currency: e.currentTarget.value.toUpperCase() })} /></label>
        </div>
        <p class="source">{t('price_hint')}</p>
      </Part>
      <p class="row">
        <NameField who={who} />
        <Deed roles={['author']} name={deed.busy ? t('making') : t('make_draft')} {...(missing && { why: t('missing', missing) })} run={() => deed.run(make)} />
      </p>
      <Said of={deed} />
    </form>
  );
}

function Table({ file, head, reachable, take }:
  { file: File | undefined; head: Head | undefined; reachable: boolean | undefined; take: (f: File, h: Head) => void }) {
  const [large, setLarge] = useState(false);
  const picked = async (f: File | undefined) => {
    if (!f) return;
    setLarge(f.size > TABLE_MAX_MB << 20);
    if (f.size <= TABLE_MAX_MB << 20) take(f, await headOf(f));
  };
  return (
    <>
      <label>{t('by_table')}<input type="file" name="audience" accept=".csv,text/csv,text/plain" onChange={(e) => void picked(e.currentTarget.files?.[0])} /></label>
      <p class="source">{t('table_hint')}</p>
      {large && <p role="alert" class="note">{t('too_large', TABLE_MAX_MB)}</p>}
      {file && head && <p><Foreign>{t('columns', head.columns.join(', '))}</Foreign></p>}
      {head && !reachable && <p role="alert" class="note">{t('no_phone')}</p>}
    </>
  );
}

function Conditions({ d, set, campaigns }:
  { d: Draft; set: (more: Partial<Draft>) => void; campaigns: readonly Schemas['CampaignHead'][] }) {
  const spans = ['7d', '30d', '90d', '180d', '365d'];
  return (
    <div class="fields">
      <label>{t('agreed')}
        <select name="purpose" value={d.purpose} onChange={(e) => set({ purpose: e.currentTarget.value })}>
          <option value="">{t('anybody')}</option>
          <option value="marketing">marketing</option>
          <option value="utility">utility</option>
        </select>
      </label>
      {(['wrote', 'silent'] as const).map((name) => (
        <label>{t(name === 'wrote' ? 'wrote_within' : 'silent_for')}
          <select name={name} value={d[name]} onChange={(e) => set({ [name]: e.currentTarget.value })}>
            <option value="">{t('anybody')}</option>
            {spans.map((s) => <option value={s}>{t('days', parseInt(s, 10))}</option>)}
          </select>
        </label>
      ))}
      <label>{t('country')}<input name="country" maxLength={2} value={d.country} onInput={(e) => set({ country: e.currentTarget.value.toUpperCase() })} /></label>
      <label>{t('read_campaign')}
        <select name="read" value={d.read} onChange={(e) => set({ read: e.currentTarget.value })}>
          <option value="">{t('anybody')}</option>
          {campaigns.map((c) => <option value={c.id}>{c.name}</option>)}
        </select>
      </label>
    </div>
  );
}
