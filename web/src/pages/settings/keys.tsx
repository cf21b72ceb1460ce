// The keys that apps send with: who has one, when it was used last, and a new one.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Dialog, Field, Foreign, Live, mayAs, mayIf, Table, toastError, useLive } from '../../parts';
import { s } from './texts';
import { when } from './parts';

type App = Schemas['Integration'];

export function Keys() {
  const list = useLive((signal) => get<Schemas['IntegrationList']>('/integrations', { limit: 1000 }, signal), 'keys', ['integration']);
  const [app, setApp] = useState<App>();
  return (
    <>
      <p>{s('keys_text')}</p>
      <Live from={list}>{({ items }) => (
        <Table title={s('keys')} rows={items} none={s('no_keys')} columns={[
          { name: s('name_of'), cell: (a) => <Foreign>{a.name}</Foreign>, sort: (a) => a.name },
          { name: s('owner'), cell: (a) => <Foreign>{a.owner ?? '–'}</Foreign> },
          { name: s('may_send'), cell: (a) => s(a.may_send ? 'yes' : 'no') },
          { name: s('purposes'), cell: (a) => a.categories.join(', ') || '–' },
          { name: s('last_seen'), cell: (a) => when(a.last_seen_at), sort: (a) => a.last_seen_at },
          { name: s('review_by'), cell: (a) => a.review_by ?? '–', sort: (a) => a.review_by },
          { name: s('rotate'), cell: (a) => <Act may={mayAs('admin')} onDo={() => setApp(a)}>{s('rotate')}</Act> },
        ]} />
      )}</Live>
      <Rotate app={app} close={() => { setApp(undefined); list.again(); }} />
    </>
  );
}

function Rotate({ app, close }: { app: App | undefined; close: () => void }) {
  const [typed, setTyped] = useState('');
  const [key, setKey] = useState('');
  const leave = () => { setTyped(''); setKey(''); close(); };
  const make = async () => {
    try {
      setKey((await post<Schemas['IntegrationKey']>(`/integrations/${encodeURIComponent(app!.id)}/rotate`)).key ?? '');
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <Dialog title={s('rotate_title', app?.name ?? '')} open={app !== undefined} onClose={leave}>
      {key ? (
        <>
          <p>{s('new_key')}</p>
          <p><code>{key}</code></p>
          <p class="row"><button type="button" onClick={leave}>{s('done')}</button></p>
        </>
      ) : (
        <>
          <p>{s('rotate_text')}</p>
          <Field label={s('type_name', app?.name ?? '')}><input autoComplete="off" value={typed} onInput={(e) => setTyped(e.currentTarget.value)} /></Field>
          <p class="row"><Act danger may={mayIf(typed === app?.name, s('type_name', app?.name ?? ''))} onDo={() => void make()}>{s('make_key')}</Act></p>
        </>
      )}
    </Dialog>
  );
}
