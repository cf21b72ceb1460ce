// What a campaign says, to whom and at which price, in steps on one page: the same form for a new draft and for one that is edited.
import { useState } from 'preact/hooks';
import { patch, post, Problem, type Schemas } from '../../api';
import { Foreign } from '../../parts';
import { amount } from '../../texts';
import { Preview, variables } from '../preview';
import { by, useWho } from '../who';
import { decode, headOf, TABLE_MAX_MB, type Head } from './audience';
import { Deed, NameField, Part, Said, useDeed, type Campaign } from './shared';
import { t } from './words';

type Template = Schemas['Template'];

export interface Known {
  numbers: Schemas['Number'][];
  templates: Template[];
  campaigns: Schemas['CampaignHead'][];
}

interface Draft {
  name: string;
  number: string;
  template: string;
  others: readonly string[]; // compared with it
  source: 'kept' | 'table' | 'record';
  purpose: string;
  wrote: string;
  silent: string;
  country: string;
  read: string;
  more: readonly string[]; // conditions that the form has no field for
  map: Record<string, { column: string; otherwise: string }>;
  price: string;
  currency: string;
}

const empty: Draft = {
  name: '', number: '', template: '', others: [], source: 'table', purpose: 'marketing', wrote: '', silent: '', country: '', read: '', more: [],
  map: {}, price: '', currency: 'EUR',
};

const key = (x: { name: string; language: string }) => `${x.name}/${x.language}`;

const FIELDS = { purpose: 'purpose', wrote_within: 'wrote', silent_for: 'silent', country: 'country', read: 'read' } as const;

function conditions(d: Draft): string[] {
  return [...Object.entries(FIELDS).map(([k, f]) => [k, d[f]]).filter(([, v]) => v).map(([k, v]) => `${k}=${v}`), ...d.more];
}

// "1=name|friend": of what stands behind the first sign of each.
function cut(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function draftOf(c: Campaign): Draft {
  const [first, ...others] = c.templates;
  const asked = c.filter.map((f) => cut(f, '=')).filter(([k]) => k in FIELDS);
  return {
    ...empty, name: c.name, number: c.number, template: first ? key(first) : '', others: others.map((x) => x.name), source: 'kept',
    ...(c.filter.length && { purpose: '' }), ...Object.fromEntries(asked.map(([k, v]) => [FIELDS[k as keyof typeof FIELDS], v])),
    more: c.filter.filter((f) => !(cut(f, '=')[0] in FIELDS)),
    map: Object.fromEntries(c.map.map((m) => {
      const [variable, from] = cut(m, '='), [column, otherwise] = cut(from, '|');
      return [variable, { column, otherwise }];
    })),
    price: c.price === null ? '' : String(c.price), currency: c.currency ?? 'EUR',
  };
}

// Of the people that a draft has, the columns that were kept.
const keptColumns = (c: Campaign) =>
  [...new Set([...c.columns, ...c.map.map((m) => cut(cut(m, '=')[1], '|')[0]).filter(Boolean)])];

// Names of people's columns that a variable takes by itself.
function columnOf(variable: string, d: Draft, columns: readonly string[]): string {
  return d.map[variable]?.column ?? (columns.includes(variable) ? variable : '');
}

function mapping(names: string[], d: Draft, columns: readonly string[]): string[] {
  return names.map((v) => [v, columnOf(v, d, columns), d.map[v]?.otherwise ?? ''] as const).filter(([, column, otherwise]) => column || otherwise)
    .map(([v, column, otherwise]) => `${v}=${column}${otherwise ? `|${otherwise}` : ''}`);
}

// All but its people, as the API takes it.
function values(d: Draft, chosen: Template | undefined, columns: readonly string[]) {
  const price = d.price.trim().replace(',', '.');
  return {
    name: d.name.trim(), number: d.number, template: [...(chosen ? [chosen.name] : []), ...d.others], language: chosen?.language ?? '',
    map: mapping(chosen ? variables(chosen.components) : [], d, columns), price, currency: price && d.currency.trim(),
  };
}

// What is not as it was.
function changes(now: object, was: object): object {
  const before = new Map(Object.entries(was));
  return Object.fromEntries(Object.entries(now).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(before.get(k))));
}

export function Form({ known, of, again }: { known: Known; of?: Campaign; again?: () => void }) {
  const [d, setD] = useState<Draft>(() => (of ? draftOf(of) : empty));
  const [file, setFile] = useState<File>();
  const [head, setHead] = useState<Head>();
  const [overtaken, setOvertaken] = useState(false);
  const who = useWho();
  const deed = useDeed();
  const set = (more: Partial<Draft>) => setD((old) => ({ ...old, ...more }));

  const number = known.numbers.find((n) => n.id === d.number);
  const fitting = known.templates.filter((x) => !number || x.waba === number.waba);
  const chosen = fitting.find((x) => key(x) === d.template);
  const names = chosen ? variables(chosen.components) : [];
  const table = d.source === 'table', kept = d.source === 'kept';
  const columns = table ? head?.columns ?? [] : kept && of ? keptColumns(of) : [];
  const filled = Object.fromEntries(names.map((v) =>
    [v, (table ? head?.first[columnOf(v, d, columns)] : '') || d.map[v]?.otherwise || '']));
  const reachable = head?.columns.some((c) => /^(phone|bsuid)$/i.test(c));

  const now = values(d, chosen, columns);
  const was = of && values(draftOf(of), known.templates.find((x) => x.waba === of.waba && key(x) === draftOf(of).template), keptColumns(of));
  const changed = was ? changes(now, was) : now;
  const missing = [
    !d.name.trim() && t('campaign_name'), !number && t('from_number'), !chosen && t('template'),
    table && !(file && reachable) && t('by_table'), d.source === 'record' && !conditions(d).length && t('by_record'),
    !who.name && !who.typed.trim() && t('your_name'),
  ].filter(Boolean).join(', ');
  const why = missing ? t('missing', missing) : of && kept && !Object.keys(changed).length ? t('nothing_changed') : '';

  const people = async () => (kept ? {} : table && file ? { audience: decode(await file.arrayBuffer()) } : { filter: conditions(d) });
  const make = async () => {
    const { price, currency, ...rest } = now;
    const made = await post<Campaign>('/campaigns', { ...rest, ...(price && { price, currency }), ...await people(), ...by(who) });
    location.hash = `#/campaigns/${made.id}`;
    return '';
  };
  const edit = async (c: Campaign) => {
    try {
      await patch(`/campaigns/${encodeURIComponent(c.id)}`, { ...changed, ...await people(), revision: c.revision, ...by(who) });
    } catch (e) {
      setOvertaken(e instanceof Problem && e.field === 'revision');
      throw e;
    }
    location.hash = `#/campaigns/${c.id}`;
    return '';
  };
  const go = () => deed.run(() => (of ? edit(of) : make()));

  return (
    <form onSubmit={(e) => { e.preventDefault(); if (!why) go(); }}>
      <Part title={t('step_what')}>
        <div class="fields">
          <label>{t('campaign_name')}<input name="name" maxLength={200} value={d.name} onInput={(e) => set({ name: e.currentTarget.value })} /></label>
          <label>{t('from_number')}
            <select name="number" value={d.number} onChange={(e) => set({ number: e.currentTarget.value, template: '', others: [] })}>
              <option value="">{t('choose')}</option>
              {known.numbers.map((n) => <option value={n.id}>{n.display} ({n.id})</option>)}
            </select>
          </label>
          <label>{t('template')}
            <select name="template" value={d.template} onChange={(e) => set({ template: e.currentTarget.value, others: [], map: {} })}>
              <option value="">{t('choose')}</option>
              {fitting.map((x) => <option value={key(x)}>{x.name} ({x.language}), {x.category}</option>)}
            </select>
          </label>
          {chosen && fitting.some((x) => x.language === chosen.language && x !== chosen) && (
            <label>{t('compare_with')}
              <select name="other" value={d.others[0] ?? ''} onChange={(e) => set({ others: [e.currentTarget.value].filter(Boolean) })}>
                <option value="">{t('nothing_compared')}</option>
                {fitting.filter((x) => x.language === chosen.language && x !== chosen).map((x) => <option value={x.name}>{x.name}</option>)}
              </select>
            </label>
          )}
        </div>
        {d.others.length > 1 && <p><Foreign>{t('compared_too', d.others.slice(1).join(', '))}</Foreign></p>}
        {number && !fitting.length && <p class="note">{t('no_templates')}</p>}
      </Part>
      <Part title={t('step_who')}>
        <fieldset class="row">
          <legend class="unseen">{t('step_who')}</legend>
          {([...(of ? ['kept' as const] : []), 'table', 'record'] as const).map((s) => (
            <label class="check"><input type="radio" name="source" value={s} checked={d.source === s} onChange={() => set({ source: s })} />
              {s === 'kept' ? t('by_kept', amount(of?.audience ?? 0)) : t(s === 'table' ? 'by_table' : 'by_record')}</label>
          ))}
        </fieldset>
        {table ? (
          <Table file={file} head={head} reachable={reachable} take={(f, h) => { setFile(f); setHead(h); }} />
        ) : kept && of ? (
          <p><Foreign>{of.filter.length ? t('kept_filter', of.filter.join(', ')) : columns.length ? t('kept_columns', columns.join(', ')) : t('kept_none')}</Foreign></p>
        ) : <Conditions d={d} set={set} campaigns={known.campaigns} />}
        {of && !kept && <p class="note">{t('other_people', amount(of.audience))}</p>}
      </Part>
      {chosen && (
        <Part title={t('step_variables')}>
          {names.length ? names.map((v) => (
            <div class="fields">
              {columns.length > 0 && (
                <label>{t('column_of', v)}
                  <select name={`column-${v}`} value={columnOf(v, d, columns)}
                    onChange={(e) => set({ map: { ...d.map, [v]: { column: e.currentTarget.value, otherwise: d.map[v]?.otherwise ?? '' } } })}>
                    <option value="">{t('always')}</option>
                    {columns.map((c) => <option value={c}>{c}</option>)}
                  </select>
                </label>
              )}
              <label>{t('otherwise', v)}
                <input name={`otherwise-${v}`} value={d.map[v]?.otherwise ?? ''}
                  onInput={(e) => set({ map: { ...d.map, [v]: { column: columnOf(v, d, columns), otherwise: e.currentTarget.value } } })} />
              </label>
            </div>
          )) : <p>{t('no_variables')}</p>}
          <h3>{t(table ? 'preview' : 'preview_kept')}</h3>
          <Preview name={chosen.name} components={chosen.components} values={filled} />
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
        <Deed roles={['author']} name={t(!deed.busy ? of ? 'save_draft' : 'make_draft' : kept ? 'saving' : 'making')} {...(why && { why })} run={go} />
      </p>
      {of && <p class="source">{t('edit_undoes')}</p>}
      <Said of={deed} />
      {overtaken && <p><button type="button" onClick={again}>{t('load_now')}</button></p>}
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
      {d.more.length > 0 && <p><Foreign>{t('more_conditions', d.more.join(', '))}</Foreign></p>}
    </div>
  );
}
