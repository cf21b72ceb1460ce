// Reports of scans: taken in, and what each found. Paths, names and snippets in them come from files that nobody vouches for.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Ask, Back, Field, useDeed, useOnce, type Given } from '../../deeds';
import { Facts, Foreign, Live, Moment, Table, useLive, mayDo } from '../../parts';
import { amount } from '../../texts';
import { say, t, tone } from './words';

const REPORT_MAX = 8 << 20;
const PAGE = 500;

function Upload({ done }: { done: () => void }) {
  const deed = useDeed();
  const run = async ({ name }: Given, form: HTMLFormElement) => {
    const file = (form.elements.namedItem('report') as HTMLInputElement).files?.[0];
    if (!file) return undefined;
    if (file.size > REPORT_MAX) throw new Error(t('too_large'));
    const text = await file.text();
    if (/^\s*\{[^{[]*"(\$schema|version)"\s*:\s*"[^"]*(sarif|2\.1\.0)/.test(text)) throw new Error(t('is_sarif'));
    const taken = await post<Schemas['ScanTaken']>('/scans', { file: text, name });
    done();
    location.hash = `#/integrations/scans/${taken.scan}`;
    return taken.again ? t('taken_before') : t('taken', taken.entered, taken.seen, taken.reopened, taken.removed);
  };
  return (
    <section class="card">
      <h2>{t('upload')}</h2>
      <p>{t('upload_says')}</p>
      <p><code>varco scan --json . &gt; report.json</code></p>
      <Ask deed={deed} run={run} button={t('upload_do')} may={mayDo('importScan')}>
        <label>{t('upload_file')}<input type="file" name="report" accept=".json,application/json" required /></label>
        <Field name="name" label={t('upload_name')} max={80} />
      </Ask>
    </section>
  );
}

export function Scans() {
  const list = useLive((signal) => get<Schemas['ScanList']>('/scans', { limit: 100 }, signal), 'scans', ['integration']);
  return (
    <>
      <Upload done={list.again} />
      <Live from={list}>{({ items }) => (
        <Table title={t('scans')} rows={items} none={t('no_scans')} columns={[
          { name: t('made'), cell: (s) => <a href={`#/integrations/scans/${s.id}`}><Moment at={s.at} /></a> },
          { name: t('roots'), cell: (s) => <Foreign>{s.covered.roots.join(', ')}</Foreign> },
          { name: t('verdict'), cell: (s) => <span class={tone(s.verdict)}>{say(s.verdict)}</span> },
          { name: t('findings'), cell: (s) => amount(s.findings) },
          { name: t('read'), cell: (s) => amount(s.files) },
          { name: t('complete'), cell: (s) => t(s.complete ? 'yes' : 'no') },
          { name: t('catalogue'), cell: (s) => <Foreign>{s.catalogue}</Foreign> },
        ]} />
      )}</Live>
    </>
  );
}

type Finding = Schemas['ScanFinding'];

function Group({ title, of }: { title: string; of: readonly Finding[] }) {
  return (
    <Table title={`${title} (${amount(of.length)})`} rows={of} none={t('none_of_these')} columns={[
      { name: t('file'), cell: (f) => <code><Foreign>{f.path}{f.line > 0 && `:${f.line}`}</Foreign></code> },
      { name: t('snippet'), cell: (f) => <code><Foreign>{f.match ?? '–'}</Foreign></code> },
      { name: t('rule_of'), cell: (f) => <><Foreign>{f.title ?? f.row}</Foreign><br /><code><Foreign>{f.row}</Foreign></code></> },
      { name: t('why_instead'), cell: (f) => <><Foreign>{f.why ?? '–'}</Foreign>{f.replacement && <><br />→ <Foreign>{f.replacement}</Foreign></>}</> },
      { name: t('in_register'), cell: (f) => (f.integration ? <a href={`#/integrations/${f.integration}`}>{t('open_entry')}</a> : '–') },
      { name: t('certainty'), cell: (f) => `${f.confidence} %` },
      { name: t('allowed'), cell: (f) => <Foreign>{f.allowed ?? '–'}</Foreign> },
    ]} />
  );
}

function Findings({ id, told }: { id: string; told: number }) {
  const [pages, setPages] = useState(1);
  const list = useOnce(async () => {
    const items: Finding[] = [];
    let cursor: string | null = '';
    for (let n = 0; n < pages && cursor !== null; n++) {
      const page: Schemas['ScanFindingList'] = await get(`/scans/${encodeURIComponent(id)}/findings`, { limit: PAGE, cursor });
      items.push(...page.items);
      cursor = page.next ?? null;
    }
    return { items, more: cursor !== null };
  }, `${id} ${pages}`);
  return (
    <Live from={list}>{({ items, more }) => (
      <>
        {!items.length && <p class="verdict">{t(told ? 'not_kept' : 'clean')}</p>}
        {!!items.length && ([['unofficial', 'unofficial'], ['to_review', 'review'], ['official', 'official']] as const)
          .map(([title, verdict]) => <Group title={t(title)} of={items.filter((f) => f.verdict === verdict)} />)}
        {more && <button type="button" onClick={() => setPages(pages + 1)}>{t('more')}</button>}
      </>
    )}</Live>
  );
}

interface Skipped {
  reason: string;
  count: number;
  examples: string[];
}

function skips(coverage: unknown): Skipped[] {
  const list = (coverage as { skipped?: unknown }).skipped;
  return Array.isArray(list) ? (list as Partial<Skipped>[]).map((s) =>
    ({ reason: String(s.reason ?? ''), count: Number(s.count ?? 0), examples: (s.examples ?? []).map(String) })) : [];
}

export function Scan({ id }: { id: string }) {
  const one = useOnce(() => get<Schemas['Scan']>(`/scans/${encodeURIComponent(id)}`), id);
  return (
    <>
      <Back to="#/integrations/scans" />
      <Live from={one}>{(s) => (
        <>
          <h2><span class={tone(s.verdict)}>{say(s.verdict)}</span>: <Foreign>{s.covered.roots.join(', ')}</Foreign></h2>
          <Facts rows={[
            [t('made'), <Moment at={s.at} />],
            [t('read'), amount(s.files)],
            [t('findings'), amount(s.findings)],
            [t('complete'), t(s.complete ? 'yes' : 'no')],
            [t('catalogue'), <Foreign>{s.catalogue}</Foreign>],
            ['SHA-256', <code>{s.sha256}</code>],
          ]} />
          <Findings id={id} told={s.findings} />
          <Table title={t('coverage')} rows={skips(s.covered.coverage)} none={t('nothing_left_out')} columns={[
            { name: t('why'), cell: (x) => <Foreign>{x.reason}</Foreign> },
            { name: t('messages'), cell: (x) => amount(x.count) },
            { name: t('file'), cell: (x) => <Foreign>{x.examples.join(', ')}</Foreign> },
          ]} />
        </>
      )}</Live>
    </>
  );
}
