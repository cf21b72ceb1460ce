// One person: what they allow, on which proof, and what was sent. The certificate is two clicks away.
import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api';
import { Act, Facts, Foreign, Live, mayAs, mayIf, mayAll, Moment, Table, toast, toastError, useLive } from '../../parts';
import { evidenceName, evidenceValue } from '../../evidence';
import { lang, words } from '../../texts';
import { fetchFile, goAndSay, keep } from '../../transfer';
import { Value, valueText } from '../../values';
import { ActForm, Deeds } from './deeds';

const t = words({
  to_people: ['Find another person', 'Cerca un’altra persona'],
  new_person: ['Record a consent of somebody new', 'Registra il consenso di una persona nuova'],
  user_id: ['User id', 'Id utente'],
  suppressed: ['This person is on the suppression list: nothing is sent to them.', 'Questa persona è nella lista di soppressione: non le viene inviato nulla.'],
  meta_stop: ['This person stopped marketing in WhatsApp itself.', 'Questa persona ha bloccato il marketing direttamente in WhatsApp.'],
  allows: ['What may be sent', 'Che cosa si può inviare'],
  may: ['May it?', 'Si può?'],
  yes: ['allowed', 'consentito'],
  no: ['not allowed', 'non consentito'],
  not_known: ['unknown: no act on record', 'ignoto: nessun atto registrato'],
  strength: ['How strong', 'Quanto è solida'],
  declared: ['declared', 'dichiarata'],
  logged: ['logged', 'registrata'],
  confirmed: ['confirmed by the person on WhatsApp', 'confermata dalla persona su WhatsApp'],
  windows: ['24-hour windows', 'Finestre di assistenza di 24 ore'],
  no_windows: ['This person never wrote to one of our numbers.', 'Questa persona non ha mai scritto a uno dei nostri numeri.'],
  wrote: ['Wrote last', 'Ultimo messaggio'],
  called: ['Called last', 'Ultima chiamata'],
  window: ['Window', 'Finestra'],
  open: ['open', 'aperta'],
  closed: ['closed', 'chiusa'],
  closes: ['Closes, or closed', 'Si chiude, o si è chiusa'],
  acts: ['Consents, act by act', 'Consensi, atto per atto'],
  no_acts: ['There is no act on record.', 'Nessun atto registrato.'],
  act: ['Act', 'Atto'],
  proof: ['Proof', 'Prova'],
  words_said: ['Words', 'Parole'],
  came_from: ['Where', 'Dove'],
  recorded: ['Recorded', 'Registrato'],
  entry: ['Ledger entry', 'Voce del registro'],
  more: ['Everything about this act', 'Tutto su questo atto'],
  files: ['Files', 'File'],
  file: ['File {0}', 'File {0}'],
  messages: ['Newest messages', 'Messaggi più recenti'],
  no_messages: ['Nothing was ever sent to this person.', 'A questa persona non è mai stato inviato nulla.'],
  all_messages: ['All decisions about this person', 'Tutte le decisioni su questa persona'],
  certificate: ['Consent certificate', 'Certificato del consenso'],
  pdf: ['Certificate as PDF', 'Certificato in PDF'],
  html: ['Certificate as a web page', 'Certificato come pagina web'],
  json: ['Certificate with all proofs (JSON)', 'Certificato con tutte le prove (JSON)'],
  dsar: ['Everything on record, for the person (PDF)', 'Tutto ciò che risulta, per la persona (PDF)'],
  dsar_needs: ['Say how it was made sure who asks.', 'Scrivi come è stata verificata l’identità di chi lo chiede.'],
  identity: ['How was it made sure who asks?', 'Come è stata verificata l’identità?'],
  made: ['The file is being saved: {0}.', 'Il file viene salvato: {0}.'],
  making: ['It is being made …', 'In preparazione …'],
});

type Shown = Schemas['PersonShown'];
type Act_ = Schemas['Evidence'];

function strength(evidence: string | null): string {
  if (!evidence || evidence === 'none') return '–';
  if (evidence === 'inbound_message' || evidence === 'double_opt_in') return t('confirmed');
  return t(evidence === 'imported' ? 'declared' : 'logged');
}

function InForce({ of }: { of: Shown }) {
  const may = (s: Shown['in_force'][number]) =>
    s.purpose === 'marketing' && (of.meta_stop || of.suppressed) ? 'no' : !s.act ? 'not_known' : s.act === 'grant' && !of.suppressed ? 'yes' : 'no';
  return (
    <Table title={t('allows')} rows={of.in_force} none="" columns={[
      { name: t('purpose'), cell: (s) => valueText(s.purpose) },
      { name: t('may'), cell: (s) => <span class={`word ${may(s) === 'yes' ? 'good' : may(s) === 'no' ? 'bad' : ''}`}>{t(may(s))}</span> },
      { name: t('since'), cell: (s) => (s.at ? <Moment at={s.at} /> : '–') },
      { name: t('proof'), cell: (s) => <Value of={s.evidence} /> },
      { name: t('strength'), cell: (s) => strength(s.evidence) },
    ]} />
  );
}

function Windows({ of }: { of: Shown }) {
  return (
    <Table title={t('windows')} rows={of.windows} none={t('no_windows')} columns={[
      { name: t('number'), cell: (w) => <a href={`#/numbers/${encodeURIComponent(w.number)}`}><Foreign>{w.number}</Foreign></a> },
      { name: t('window'), cell: (w) => <span class={`word ${w.open ? 'good' : ''}`}>{t(w.open ? 'open' : 'closed')}</span> },
      { name: t('closes'), cell: (w) => (w.closes_at ? <Moment at={w.closes_at} /> : '–') },
      { name: t('wrote'), cell: (w) => (w.last_inbound_at ? <Moment at={w.last_inbound_at} /> : '–') },
      { name: t('called'), cell: (w) => (w.last_call_at ? <Moment at={w.last_call_at} /> : '–') },
    ]} />
  );
}

const EXTENSIONS: Record<string, string> = { 'application/pdf': 'pdf', 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' };

async function saveAttachment(a: Schemas['Attachment']): Promise<void> {
  const { content, type } = await get<Schemas['AttachmentContent']>(`/attachments/${encodeURIComponent(a.sha256)}`);
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  keep(`${a.sha256.slice(0, 12)}.${EXTENSIONS[type] ?? 'bin'}`, new Blob([bytes], { type: 'application/octet-stream' }));
}

function told(act: Act_): [string, string][] {
  const { attachments: _files, proof, ...rest } = act;
  return Object.entries({ ...rest, ...proof }).filter(([, v]) => v !== null).map(([k, v]) => [evidenceName(k), evidenceValue(v)]);
}

function Whole({ act }: { act: Act_ }) {
  return (
    <details>
      <summary>{t('more')}</summary>
      <Facts rows={told(act).map(([k, v]) => [<Foreign>{k}</Foreign>, <Foreign>{v}</Foreign>] as const)} />
      {act.attachments.length > 0 && <p class="row">{act.attachments.map((a, i) => (
        <button type="button" onClick={() => saveAttachment(a).catch(toastError)}>{t('file', i + 1)} (<Foreign>{a.type}</Foreign>, {a.bytes} B)</button>
      ))}</p>}
    </details>
  );
}

function Acts({ of }: { of: Shown }) {
  return (
    <Table title={t('acts')} rows={[...of.consents].reverse()} none={t('no_acts')} columns={[
      { name: t('when'), cell: (a) => <Moment at={a.at} />, sort: (a) => a.at },
      { name: t('act'), cell: (a) => <Value of={a.act} />, sort: (a) => a.act },
      { name: t('purpose'), cell: (a) => valueText(a.purpose), sort: (a) => a.purpose },
      { name: t('proof'), cell: (a) => <>{valueText(a.evidence)}<br /><span class="source">{strength(a.evidence)}</span></> },
      { name: t('came_from'), cell: (a) => <Foreign>{a.source ?? '–'}</Foreign> },
      { name: t('words_said'), cell: (a) => <Foreign>{a.text ?? '–'}</Foreign> },
      { name: t('entry'), cell: (a) => a.leaf, sort: (a) => a.leaf },
      { name: t('more'), cell: (a) => <Whole act={a} /> },
    ]} />
  );
}

function Messages({ of }: { of: Shown }) {
  return (
    <>
      <Table title={t('messages')} rows={of.messages} none={t('no_messages')} columns={[
        { name: t('when'), cell: (m) => <a href={`#/decisions/${m.decision}`}><Moment at={m.at} /></a>, sort: (m) => m.at },
        { name: t('verdict'), cell: (m) => <Value of={m.verdict} /> },
        { name: t('state'), cell: (m) => <Value of={m.state} /> },
        { name: t('purpose'), cell: (m) => <Value of={m.purpose} /> },
        { name: t('template'), cell: (m) => <Foreign>{m.template ?? '–'}</Foreign> },
      ]} />
      <p><a href={`#/decisions?person=${of.person}`}>{t('all_messages')}</a></p>
    </>
  );
}

// The certificate goes into a file, with masked number, in the reader's language.
function Certificate({ of }: { of: Shown }) {
  const [busy, setBusy] = useState(false);
  const [identity, setIdentity] = useState('');
  const make = async (name: string, path: string, body: Record<string, string>) => {
    setBusy(true);
    try {
      await fetchFile(name, path, { person: of.person, lang, ...body });
      toast(t('made', name));
    } catch (e) {
      toastError(e);
    }
    setBusy(false);
  };
  const certificate = (format: string) => void make(`${t('certificate').toLowerCase().replace(/[^a-z]+/g, '-')}.${format}`, '/consents/certificate', { format });
  const idle = mayAll(mayAs('compliance'), mayIf(!busy, t('making')));
  return (
    <section class="card">
      <h2>{t('certificate')}</h2>
      <p class="row">
        <Act may={idle} onDo={() => certificate('pdf')}>{t('pdf')}</Act>
        <Act may={idle} onDo={() => certificate('html')}>{t('html')}</Act>
        <Act may={idle} onDo={() => certificate('json')}>{t('json')}</Act>
      </p>
      <details>
        <summary>{t('dsar')}</summary>
        <p class="row">
          <label>{t('identity')}<input maxLength={200} value={identity} onInput={(e) => setIdentity(e.currentTarget.value)} /></label>
          <Act may={mayAll(idle, mayIf(identity.trim() !== '', t('dsar_needs')))}
            onDo={() => void make('dsar.pdf', '/consents/dsar', { format: 'pdf', identity: identity.trim() })}>{t('dsar')}</Act>
        </p>
      </details>
    </section>
  );
}

function Record({ of, again }: { of: Shown; again: () => void }) {
  return (
    <>
      <h2><Foreign>{of.phone ?? of.bsuid ?? of.person}</Foreign></h2>
      {of.suppressed && <p class="note">{t('suppressed')}</p>}
      {of.meta_stop && <p class="note">{t('meta_stop')}</p>}
      <Facts rows={[[t('person'), <code>{of.person}</code>], [t('user_id'), <Foreign>{of.bsuid ?? '–'}</Foreign>]]} />
      <InForce of={of} />
      <p class="row"><Deeds person={of} onChange={again} /></p>
      <Certificate of={of} />
      <Windows of={of} />
      <Acts of={of} />
      <Messages of={of} />
    </>
  );
}

function New() {
  return (
    <section class="card">
      <h2>{t('new_person')}</h2>
      <ActForm act="record" onDone={(person, sentence) => goAndSay(`#/people/${person}`, sentence)} />
    </section>
  );
}

function Found({ id }: { id: string }) {
  const one = useLive((signal) => get<Shown>(`/people/${encodeURIComponent(id)}`, {}, signal), id, ['person', 'decision']);
  return <Live from={one}>{(of) => <Record of={of} again={one.again} />}</Live>;
}

export function One({ id }: { id: string }) {
  return (
    <>
      <p><a href="#/people">{t('to_people')}</a></p>
      {id === 'new' ? <New /> : <Found id={id} />}
    </>
  );
}
