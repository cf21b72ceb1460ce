// What pages are made of. Whatever comes from outside is put in as text, never as markup, and inside <bdi>, so that letters
// that run the other way do not turn what stands beside them.
//
//   useLive(ask, key, topics?) + <Live from>   an answer of the API that is asked for again when it changed (live.ts): with topics
//                                              ['decision'] only when such a thing did; states loading, failed, stale, no permission
//   <Table title rows columns none>            sort: (row) => value makes a column sortable; saves as CSV; hides columns (table.tsx)
//   <Chart title sentence over at series bars> a drawing with its sentence and its table (chart.tsx)
//   <Figure name value href source at>         one figure: opens into what makes it up, says whose it is and how old
//   <Act may={mayDo('releaseCampaign')} onDo danger>  a button that says why it cannot be pressed (controls.tsx; session.ts: mayDo,
//                                              mayAs, mayIf, mayAll)
//   <Field label hint error><input/></Field>   <Dialog title open onClose>
//   toast(sentence), toastError(e)             what has just happened (toast.tsx)
//   takeSought()                               what the search of the frame handed to the page, once (search.ts): phone numbers stay out of addresses
//   useClient()                                whose numbers are looked at: {portfolio, name}, or portfolio '' for all (client.ts);
//                                              <OfClient> above a list that is narrowed to them says so
import type { ComponentChildren } from 'preact';
import { Problem } from './api';
import { useClient } from './client';
import type { Loaded } from './live';
import { t, time } from './texts';

export { Chart } from './chart';
export { useClient };
export { Act, Dialog, Field } from './controls';
export { useLive, type Loaded, type Topic } from './live';
export { takeSought } from './search';
export { mayAll, mayAs, mayDo, mayIf, me } from './session';
export { Table, type Column } from './table';
export { toast, toastError } from './toast';

export function Foreign({ children }: { children: ComponentChildren }) {
  return <bdi>{children}</bdi>;
}

export function Moment({ at }: { at: string }) {
  return <time dateTime={at} title={at}>{time(at)}</time>;
}

export function OfClient() {
  const { portfolio, name } = useClient();
  return portfolio ? <p class="source"><Foreign>{t('of_client', name)}</Foreign></p> : null;
}

// The states of a page: loading, failed, stale, there.
export function Live<T>({ from, children }: { from: Loaded<T>; children: (data: T) => ComponentChildren }) {
  if (from.data === undefined && from.error instanceof Problem && from.error.status === 403)
    return (
      <div role="alert" class="card">
        <h2>{t('not_allowed')}</h2>
        <p><Foreign>{from.error.message}</Foreign></p>
      </div>
    );
  if (from.data === undefined && from.error)
    return (
      <div role="alert" class="card">
        <h2>{t('failed')}</h2>
        <p><Foreign>{from.error.message}</Foreign></p>
        <button type="button" onClick={from.again}>{t('again')}</button>
      </div>
    );
  if (from.data === undefined) return <p role="status">{t('loading')}</p>;
  return (
    <>
      {from.error && <p role="alert" class="note">{t('stale')}</p>}
      {children(from.data)}
      <p class="source">{t('as_of', time(from.at), t('of_gateway'))}</p>
    </>
  );
}

export function Facts({ rows }: { rows: readonly (readonly [ComponentChildren, ComponentChildren])[] }) {
  return <dl>{rows.map(([name, value]) => <div><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

// A word of ours or Meta's that is good or bad; colour only repeats what it says.
export function Word({ children }: { children: string | null }) {
  const tone = /^(allow|GREEN|CONNECTED|read|delivered|sent|accepted)$/.test(children ?? '') ? 'good'
    : /^(refuse|refused|RED|FLAGGED|BANNED|failed|unknown)$/.test(children ?? '') ? 'bad' : 'plain';
  return <span class={`word ${tone}`}><Foreign>{children ?? '–'}</Foreign></span>;
}

// One figure: it opens into the list that makes it up, and says whose it is and how old.
export function Figure({ name, value, href, source, at }:
  { name: string; value: ComponentChildren; href?: string; source?: string; at?: string }) {
  return (
    <div class="figure">
      <span class="quiet">{name}</span>
      <strong>{href ? <a href={href}>{value}</a> : value}</strong>
      <span class="source">{source ?? t('of_gateway')}{at && <> · <Moment at={at} /></>}</span>
    </div>
  );
}
