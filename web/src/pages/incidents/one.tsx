// One incident: what it is, whether and until when a review can be asked for, what it stopped, what happened around it, and
// what is done about it.
import { get, post, type Schemas } from '../../api';
import { Ask, Back, base64Of, Choice, Field, Fold, useDeed, type Given } from '../../deeds';
import { Facts, Foreign, Live, Moment, Table, useLive, mayDo } from '../../parts';
import { amount } from '../../texts';
import { LedgerEntry, Traffic } from './traffic';
import { say, t } from './words';

export type One = Schemas['Incident'];

const moment = (at: string | null | undefined) => (at ? <Moment at={at} /> : '–');

export function Steps({ of, done }: { of: One; done: () => void }) {
  const note = useDeed(), evidence = useDeed(), submit = useDeed(), answer = useDeed(), close = useDeed();
  const path = `/incidents/${of.id}`;
  const step = (verb: string) => async (given: Given) => {
    await post(`${path}/${verb}`, given);
    done();
    return t('noted');
  };
  const put = async (given: Given, form: HTMLFormElement) => {
    const files = [...(form.elements.namedItem('files') as HTMLInputElement).files ?? []];
    const { text } = given;
    await post(`${path}/evidence`, { text, attachments: await Promise.all(files.map(base64Of)) });
    done();
    return t('noted');
  };
  if (of.state === 'closed') return <p class="note">{t('is_closed')}</p>;
  const asked = of.state === 'submitted' || of.state === 'answered';
  return (
    <section>
      <h2>{t('steps')}</h2>
      <Fold title={t('note')}>
        <Ask deed={note} may={mayDo('noteIncident')} run={step('note')} button={t('note_do')}>
          <Field name="text" label={t('note_text')} help={t('kept')} required area />
        </Ask>
      </Fold>
      <Fold title={t('evidence')}>
        <Ask deed={evidence} may={mayDo('addEvidence')} run={put} button={t('evidence_do')}>
          <Field name="text" label={t('note_text')} help={t('kept')} area />
          <label>{t('files')}<input type="file" name="files" multiple accept=".png,.jpg,.jpeg,.webp,.pdf" /></label>
        </Ask>
      </Fold>
      <Fold title={t('submit')} open={of.state === 'evidence'}>
        <Ask deed={submit} may={mayDo('submitIncident')} run={step('submit')} button={t('submit_do')}>
          <Field name="reference" label={t('reference')} max={120} />
          <Field name="text" label={t('submit_text')} help={t('kept')} area />
        </Ask>
      </Fold>
      <Fold title={t('answer')} open={of.state === 'submitted'}>
        <Ask deed={answer} may={mayDo('answerIncident')} run={step('answer')} button={t('answer_do')} why={asked ? '' : t('not_before')}>
          <Choice name="outcome" label={t('outcome')} options={[['reversed', t('reversed')], ['unchanged', t('unchanged')]]} />
          <Field name="text" label={t('answer_text')} help={t('kept')} area />
        </Ask>
      </Fold>
      <Fold title={t('close')} open={of.state === 'answered'}>
        <Ask deed={close} may={mayDo('closeIncident')} run={step('close')} button={t('close_do')}>
          <Field name="lessons" label={t('lessons')} help={t('kept')} required area />
        </Ask>
      </Fold>
    </section>
  );
}

export function Timeline({ of }: { of: readonly Schemas['IncidentEvent'][] }) {
  return (
    <Table title={t('timeline')} rows={of} none={t('no_events')} columns={[
      { name: t('when'), cell: (e) => <Moment at={e.at} /> },
      { name: t('event_kind'), cell: (e) => say(e.source) },
      { name: t('word'), cell: (e) => <Foreign>{e.what}</Foreign> },
      { name: t('about'), cell: (e) => <Foreign>{e.about || '–'}</Foreign> },
      { name: t('by'), cell: (e) => <Foreign>{e.by || '–'}</Foreign> },
      { name: t('words'), cell: (e) => <Foreign>{e.words ?? '–'}</Foreign> },
      { name: t('entry'), cell: (e) => <LedgerEntry n={e.entry} /> },
    ]} />
  );
}

export function Incident({ id }: { id: string }) {
  const path = `/incidents/${encodeURIComponent(id)}`;
  const one = useLive((signal) => get<One>(path, {}, signal), path, ['incident', 'pause', 'alarm']);
  return (
    <>
      <Back to="#/incidents" />
      <Live from={one}>{(x) => (
        <>
          <h2><Foreign>{x.title ?? x.kind}</Foreign></h2>
          <Facts rows={[
            [t('state'), say(x.state)],
            [t('about'), <>{say(x.scope)} <Foreign>{x.object}</Foreign></>],
            [t('label'), <Foreign>{x.label || '–'}</Foreign>],
            [t('when'), moment(x.happened_at)],
            [t('over'), moment(x.over_at)],
            [t('deadline'), moment(x.deadline_at)],
            [t('days_left'), typeof x.days_left === 'number' ? amount(x.days_left) : '–'],
            [t('told_by'), say(x.origin)],
            [t('reference'), <Foreign>{x.reference ?? '–'}</Foreign>],
            [t('submitted'), moment(x.submitted_at)],
            [t('outcome'), say(x.outcome)],
            [t('closed'), moment(x.closed_at)],
            [t('lessons'), <Foreign>{x.lessons ?? '–'}</Foreign>],
          ]} />
          <section class="card">
            <h2>{t('review')}</h2>
            <p>{x.review.can}</p>
            <p>{x.review.where}</p>
            <p>{x.review.next}</p>
            {x.review.answer_by && <p>{t('answer_by')}: {moment(x.review.answer_by)}</p>}
            <p class="source">{t('source', x.review.source)}</p>
            {x.state !== 'closed' && <p><a class="button" href={`#/incidents/${x.id}/dossier?step=1`}>{t('make_dossier')}</a></p>}
          </section>
          <h2>{t('impact')}</h2>
          <Facts rows={[
            [t('conversations'), amount(x.impact.conversations)],
            [t('held'), <a href="#/decisions?state=held">{amount(x.impact.held)}</a>],
            [t('people_waiting'), amount(x.impact.people_waiting)],
            [t('stopped_sends'), <a href="#/decisions?state=refused">{amount(x.impact.refused)}</a>],
            [t('templates'), <Foreign>{x.impact.templates.join(', ') || '–'}</Foreign>],
          ]} />
          <Steps of={x} done={one.again} />
          <Traffic days={x.days} />
          <Timeline of={x.timeline} />
          {x.words != null && <Fold title={t('words_of_meta')}><pre tabIndex={0}><Foreign>{JSON.stringify(x.words, null, 1)}</Foreign></pre></Fold>}
        </>
      )}</Live>
    </>
  );
}
