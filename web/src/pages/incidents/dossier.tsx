// The dossier that goes with a request for review, in six steps. Everything in it comes from the record; what a person adds
// is corrective action, which is noted with the incident, and the wording of the texts.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { get, post, save, type Schemas } from '../../api';
import { Ask, Back, Choice, Copied, Field, Fold, Outcome, Submit, useDeed, type Given } from '../../deeds';
import { Facts, Foreign, Live, Moment, Table, useLive, Word, mayDo } from '../../parts';
import { amount, lang } from '../../texts';
import { Steps, type One } from './one';
import { LedgerEntry, Traffic } from './traffic';
import { say, t } from './words';

type Made = Schemas['Dossier'];
type Texts = Record<string, string>;

const STEPS = ['s1', 's2', 's3', 's4', 's5', 's6'] as const;

const or = (text: string | null | undefined) => <Foreign>{text || '–'}</Foreign>;
const moment = (at: string | null | undefined) => (at ? <Moment at={at} /> : '–');
const seconds = (ms: number) => amount(Math.ceil(ms / 1000));

function Happened({ d, one }: { d: Made; one: One }) {
  return (
    <>
      <p class="verdict"><Foreign>{one.title ?? one.kind}</Foreign></p>
      <h3>{t('objects')}</h3>
      <Facts rows={[
        [t('incident'), <code>{d.incident.id}</code>],
        [t('portfolio'), or(d.account.portfolio)],
        [t('account'), <Foreign>{d.account.waba} {d.account.name}</Foreign>],
        [t('about'), <>{say(d.incident.scope)} <Foreign>{d.incident.object}</Foreign></>],
        [t('label'), or(d.incident.label)],
        [t('when'), moment(d.incident.happened_at)],
        [t('over'), moment(d.incident.over_at)],
        [t('deadline'), moment(d.incident.deadline_at)],
      ]} />
      <p>{one.review.can} {one.review.where}</p>
      <Table title={t('numbers')} rows={d.account.numbers} none="–" columns={[
        { name: 'ID', cell: (n) => or(n.id) },
        { name: t('display'), cell: (n) => or(n.display) },
        { name: t('state'), cell: (n) => <Word>{n.status}</Word> },
        { name: t('quality'), cell: (n) => <Word>{n.quality}</Word> },
      ]} />
      <Table title={t('health')} rows={d.health} none="–" columns={[
        { name: t('about'), cell: (h) => or(h.object) },
        { name: t('can_send'), cell: (h) => <Word>{h.can_send_message}</Word> },
        { name: t('when'), cell: (h) => moment(h.at) },
      ]} />
      {d.incident.words != null && (
        <>
          <h3>{t('words_of_meta')}</h3>
          <pre tabIndex={0}><Foreign>{JSON.stringify(d.incident.words, null, 1)}</Foreign></pre>
        </>
      )}
    </>
  );
}

function Circumstances({ d }: { d: Made }) {
  const causes = d.causes[lang];
  return (
    <>
      <h3>{t('causes')}</h3>
      {causes.length ? <ul>{causes.map((c) => <li><Foreign>{c}</Foreign></li>)}</ul> : <p>{t('no_causes')}</p>}
      <Traffic days={d.days} />
      <Table title={t('senders')} rows={d.senders} none="–" columns={[
        { name: t('app'), cell: (s) => or(s.app) },
        { name: t('template'), cell: (s) => or(s.template) },
        { name: t('purpose'), cell: (s) => or(s.purpose) },
        { name: t('sent'), cell: (s) => amount(s.sent) },
        { name: t('failed_sends'), cell: (s) => amount(s.failed) },
        { name: t('against'), cell: (s) => amount(s.against_policy) },
      ]} />
      <Table title={t('lists')} rows={d.lists} none="–" columns={[
        { name: t('word'), cell: (l) => (l.import ? <Foreign>{l.name || l.import}</Foreign> : t('one_by_one')) },
        { name: t('people'), cell: (l) => amount(l.people) },
        { name: t('opt_outs'), cell: (l) => amount(l.opt_outs) },
      ]} />
      {d.codes.length > 0 && <Table title={t('codes')} rows={d.codes} none="–" columns={[
        { name: t('code'), cell: (c) => String(c.code) },
        { name: t('count'), cell: (c) => amount(c.count) },
      ]} />}
    </>
  );
}

function Evidence({ d }: { d: Made }) {
  const shown = d.sample.filter((s) => s.act === 'grant').length;
  return (
    <>
      <p>{t('agreed', amount(d.population.people), amount(d.population.agreed))}</p>
      <p>{t('sample_says', amount(d.sample.length), amount(shown), amount(d.population.people), d.population.seed)}</p>
      <p>{t('list_hash')}: <code>{d.population.sha256 ?? '–'}</code></p>
      <Table title={t('sample')} rows={d.sample} none="–" columns={[
        { name: t('person'), cell: (s) => <code>{s.person}</code> },
        { name: t('phone'), cell: (s) => or(s.phone) },
        { name: t('act'), cell: (s) => t(s.act === 'grant' ? 'grant' : s.act ? 'withdraw' : 'nothing_known') },
        { name: t('when'), cell: (s) => moment(s.at) },
        { name: t('evidence_kind'), cell: (s) => or(s.evidence) },
        { name: t('where'), cell: (s) => or(s.source) },
        { name: t('wording'), cell: (s) => or(s.wording) },
        { name: t('entry'), cell: (s) => <LedgerEntry n={s.entry} /> },
      ]} />
      <h3>{t('handling')}</h3>
      <p>{t('opt_out_times', amount(d.opt_outs.count), seconds(d.opt_outs.median_ms), seconds(d.opt_outs.worst_ms), amount(d.opt_outs.sent_after))}</p>
      <Table title={t('template_checks')} rows={d.templates} none="–" columns={[
        { name: t('template'), cell: (x) => <Foreign>{x.name} ({x.language})</Foreign> },
        { name: t('category'), cell: (x) => or(x.category) },
        { name: t('state'), cell: (x) => <Word>{x.status}</Word> },
        { name: t('quality'), cell: (x) => <Word>{x.quality}</Word> },
        { name: t('problems'), cell: (x) => problems(x.problems) },
      ]} />
    </>
  );
}

function problems(of: unknown) {
  const list = Array.isArray(of) ? of as Record<string, unknown>[] : [];
  if (!list.length) return '–';
  return <ul class="plain">{list.map((p) => <li><Foreign>{String(p.message ?? p.because ?? p.id ?? JSON.stringify(p))}</Foreign></li>)}</ul>;
}

function Corrections({ d, again }: { d: Made; again: () => void }) {
  const note = useDeed();
  const rows = d.timeline.filter((e) => e.correction);
  return (
    <>
      <Table title={t('corrections')} rows={rows} none={t('no_corrections')} columns={[
        { name: t('when'), cell: (e) => <Moment at={e.at} /> },
        { name: t('word'), cell: (e) => or(e.what) },
        { name: t('about'), cell: (e) => or(e.about) },
        { name: t('by'), cell: (e) => or(e.by) },
        { name: t('words'), cell: (e) => or(e.words) },
        { name: t('entry'), cell: (e) => <LedgerEntry n={e.entry} /> },
      ]} />
      <Fold title={t('note')} open={!rows.length}>
        <Ask deed={note} may={mayDo('noteIncident')} button={t('note_do')} run={async (given: Given) => {
          await post(`/incidents/${d.incident.id}/note`, given);
          again();
          return t('noted');
        }}>
          <Field name="text" label={t('note_text')} help={t('kept')} required area />
        </Ask>
      </Fold>
    </>
  );
}

function Text({ name, label, made, max, texts, setTexts, code }: {
  name: string; label: string; made: string; max: number; texts: Texts; setTexts: (t: Texts) => void; code: string;
}) {
  const id = useId();
  const text = texts[name] ?? made;
  const length = [...text].length, over = length - max;
  return (
    <div class="card">
      <label>{label}
        <textarea rows={8} lang={code} dir="auto" value={text} aria-describedby={id} aria-invalid={over > 0}
          onInput={(e) => setTexts({ ...texts, [name]: e.currentTarget.value })} />
      </label>
      <p id={id} role="status" class={over > 0 ? 'bad' : 'source'}>
        {over > 0 ? t('too_long', amount(length), amount(max), amount(over)) : t('length', amount(length), amount(max))}
      </p>
      <p class="row">
        <Copied text={text} label={label} />
        {text !== made && <button type="button" onClick={() => setTexts({ ...texts, [name]: made })}>{t('original')}</button>}
      </p>
    </div>
  );
}

function Wording({ d, texts, setTexts }: { d: Made; texts: Texts; setTexts: (t: Texts) => void }) {
  const common = { texts, setTexts };
  return (
    <>
      <p>{t('texts_say')}</p>
      <Text name="en" label={t('form_en')} code="en" made={d.texts.en.review} max={d.lengths.review} {...common} />
      <Text name="it" label={t('form_it')} code="it" made={d.texts.it.review} max={d.lengths.review} {...common} />
      <Text name="ticket_en" label={t('ticket_en')} code="en" made={d.texts.en.ticket} max={d.lengths.ticket} {...common} />
      <Text name="ticket_it" label={t('ticket_it')} code="it" made={d.texts.it.ticket} max={d.lengths.ticket} {...common} />
    </>
  );
}

async function sha256(content: Blob): Promise<string> {
  if (!crypto.subtle) return '–'; // only on a page that came over TLS or from this machine
  const digest = await crypto.subtle.digest('SHA-256', await content.arrayBuffer());
  return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('');
}

function Package({ d, one, again }: { d: Made; one: One; again: () => void }) {
  const deed = useDeed();
  const name = `dossier-${d.incident.id}.zip`;
  const take = async ({ personal_data, by }: Given) => {
    const zip = await save(name, `/incidents/${d.incident.id}/dossier`, { personal_data, by }, 'POST');
    return t('downloaded', name, amount(Math.ceil(zip.size / 1024)), await sha256(zip));
  };
  return (
    <>
      <p>{t('package_says')} {t('package_prepared')}</p>
      {d.plan != null && <p class="note"><strong>{t('plan')}</strong> {t('plan_says')}</p>}
      <Ask deed={deed} run={take} may={mayDo('makeDossier')} button={t('download')}>
        <Choice name="personal_data" label={t('redaction')} value="no" options={[['no', t('masked')], ['yes', t('whole')]]} />
        <Field name="by" label={t('made_by')} max={120} />
      </Ask>
      <h3>{t('verify')}</h3>
      <p>{t('verify_own')}</p>
      <pre tabIndex={0}>varco dossier-verify {name} --key ledger.pub</pre>
      <p>{t('verify_other')}</p>
      <pre tabIndex={0}>unzip {name} &amp;&amp; python3 tools/ledger_verify.py dossier {name} --key ledger.pub</pre>
      <p>{t('key')}: <code><Foreign>{d.key}</Foreign></code> <Copied text={d.key} label={t('key')} /></p>
      <h3>{t('then')}</h3>
      <p>{t('then_says')}</p>
      <Steps of={one} done={again} />
    </>
  );
}

function Progress({ id, step }: { id: string; step: number }) {
  return (
    <nav aria-label={t('dossier')}>
      <ol class="steps">
        {STEPS.map((s, i) =>
          <li><a href={`#/incidents/${id}/dossier?step=${i + 1}`} aria-current={step === i + 1 ? 'step' : undefined}>{t(s)}</a></li>)}
      </ol>
    </nav>
  );
}

export function Dossier({ id, step: wanted }: { id: string; step: number }) {
  const step = wanted >= 1 && wanted <= STEPS.length ? Math.floor(wanted) : 1;
  const path = `/incidents/${encodeURIComponent(id)}`;
  const one = useLive((signal) => get<One>(path, {}, signal), path, ['incident']);
  const [made, setMade] = useState<Made>();
  const [texts, setTexts] = useState<Texts>({});
  const deed = useDeed();
  const may = mayDo('makeDossier');
  const title = useRef<HTMLHeadingElement>(null);
  const prepare = () => void deed.run(async () => {
    setMade(await post<Made>(`${path}/dossier`, { format: 'json' }));
    return undefined;
  });
  const again = () => {
    one.again();
    prepare();
  };
  useEffect(() => title.current?.focus(), [step]);

  const to = (n: number) => `#/incidents/${id}/dossier?step=${n}`;
  const show = (d: Made, x: One) =>
    step === 1 ? <Happened d={d} one={x} /> : step === 2 ? <Circumstances d={d} /> : step === 3 ? <Evidence d={d} />
      : step === 4 ? <Corrections d={d} again={again} /> : step === 5 ? <Wording d={d} texts={texts} setTexts={setTexts} />
        : <Package d={d} one={x} again={again} />;

  return (
    <>
      <Back to={`#/incidents/${id}`} said={t('to_incident')} />
      <Live from={one}>{(x) => (
        <>
          <Progress id={id} step={step} />
          <h2 ref={title} tabIndex={-1}>{t('step', step, t(STEPS[step - 1]!))}</h2>
          {made ? (
            <>
              {show(made, x)}
              <p class="row">
                {step > 1 && <a class="button" href={to(step - 1)}>{t('before')}</a>}
                {step < STEPS.length && <a class="button" href={to(step + 1)}>{t('next')}</a>}
                <button type="button" onClick={prepare}>{t('refresh')}</button>
              </p>
              <p class="source">{t('as_prepared', new Intl.DateTimeFormat(lang, { dateStyle: 'short', timeStyle: 'medium' }).format(new Date(made.made_at)))}</p>
              {deed.error && <Outcome of={deed} />}
            </>
          ) : (
            <form onSubmit={(e) => { e.preventDefault(); if (may.may) prepare(); }}>
              <p>{t('seed_first')}</p>
              <Outcome of={deed} />
              <Submit deed={deed} why={may.why}>{t('prepare')}</Submit>
            </form>
          )}
        </>
      )}</Live>
    </>
  );
}
