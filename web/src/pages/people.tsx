// Who agreed to what, and how it is proven. Nobody's number stands in an address: it is sent in the body of a search, and
// a page is found by the id that the gateway gave.
import { useEffect, useState } from 'preact/hooks';
import { post, Problem, type Schemas } from '../api';
import { Act, Field, mayAll, mayAs, mayIf, takeSought } from '../parts';
import type { Place } from '../place';
import { words } from '../texts';
import { One } from './people/one';

const t = words({
  find: ['Find a person', 'Cerca una persona'],
  sought: ['Phone number, or user id of Meta (BSUID)', 'Numero di telefono, oppure id utente di Meta (BSUID)'],
  sought_hint: ['As in +39 333 123 4501, or IT.1A2b3C4d5E', 'Come +39 333 123 4501, oppure IT.1A2b3C4d5E'],
  go: ['Find', 'Cerca'],
  finding: ['Looking …', 'Ricerca in corso …'],
  empty: ['Write a number or an id first.', 'Scrivi prima un numero o un id.'],
  nobody: ['Nobody is on record under that number or id.', 'Nessuno risulta con quel numero o id.'],
  not_logged: [
    'A number is sent to the gateway only; it does not stand in the address of the page.',
    'Il numero viene inviato solo al gateway; non compare nell’indirizzo della pagina.'],
  others: ['Many at once', 'Molte persone insieme'],
  imports: ['Imports of consents', 'Importazioni di consensi'],
  new_person: ['Record a consent of somebody new', 'Registra il consenso di una persona nuova'],
});

function keysOf(text: string): { phone: string } | { bsuid: string } | { person: string } {
  const wanted = text.trim();
  if (/^per_\w+$/.test(wanted)) return { person: wanted };
  return /^[A-Z]{2}\.\w+$/.test(wanted) ? { bsuid: wanted } : { phone: wanted };
}

export function People({ id }: Place) {
  return id ? <One id={id} key={id} /> : <Search />;
}

function Search() {
  const [text, setText] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const find = async (wanted: string) => {
    const keys = keysOf(wanted);
    if ('person' in keys) {
      location.hash = `#/people/${keys.person}`;
      return;
    }
    setBusy(true);
    setError('');
    try {
      const found = await post<Schemas['PersonShown']>('/people/find', keys);
      location.hash = `#/people/${found.person}`;
    } catch (e) {
      setError(e instanceof Problem && e.status === 404 ? t('nobody') : (e as Error).message);
    }
    setBusy(false);
  };
  useEffect(() => {
    const take = () => {
      const handed = takeSought();
      if (!handed) return;
      setText(handed);
      void find(handed);
    };
    take();
    addEventListener('sought', take);
    return () => removeEventListener('sought', take);
  }, []);
  const may = mayAll(mayAs('compliance'), mayIf(!busy, t('finding')), mayIf(text.trim() !== '', t('empty')));
  return (
    <>
      <form class="card" role="search" aria-label={t('find')} onSubmit={(e) => { e.preventDefault(); if (may.may) void find(text); }}>
        <Field label={t('sought')} hint={t('sought_hint')} error={error}>
          <input value={text} autoComplete="off" onInput={(e) => setText(e.currentTarget.value)} />
        </Field>
        <Act submit may={may}>{t('go')}</Act>
        <p class="source">{t('not_logged')}</p>
      </form>
      <h2>{t('others')}</h2>
      <ul>
        <li><a href="#/stops">{t('stops')}</a></li>
        <li><a href="#/imports">{t('imports')}</a></li>
        <li><a href="#/people/new">{t('new_person')}</a></li>
      </ul>
    </>
  );
}
