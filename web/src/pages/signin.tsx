// Signing in by name, password and the code of the second factor; and what a link opens: the first administrator, or another
// password. Or at a sign-in provider, where one is configured. Passwords may be pasted and filled in by what keeps them; nothing has to be remembered or solved (WCAG 3.3.8).
import { useEffect, useState } from 'preact/hooks';
import { get, post, Problem, type Schemas } from '../api';
import { download } from '../csv';
import { Act, Field } from '../controls';
import { chooseOther, words } from '../texts';

const t = words({
  title: ['Sign in', 'Accedi'],
  name_: ['Name', 'Nome'],
  password: ['Password', 'Password'],
  code: ['Code of the second factor', 'Codice del secondo fattore'],
  code_hint: [
    'The six digits that your app shows, or a recovery code.',
    'Le sei cifre che mostra la tua app, oppure un codice di recupero.'],
  go: ['Sign in', 'Accedi'],
  by_provider: ['Sign in with {0}', 'Accedi con {0}'],
  or_name: ['Or with a name and a password of this console:', 'Oppure con un nome e una password di questa console:'],
  fault_again: [
    'The sign-in was begun in another place, or took too long. Begin it again here.',
    'L’accesso era cominciato altrove o è durato troppo. Ricomincia da qui.'],
  fault_denied: ['The sign-in provider says that you did not agree.', 'Il provider di accesso dice che non hai dato il consenso.'],
  fault_refused: [
    'The sign-in provider refused. Try again; if it stays so, an administrator has to look at how Varco is set up there.',
    'Il provider di accesso ha rifiutato. Riprova; se continua, un amministratore deve guardare come Varco è configurato lì.'],
  fault_down: [
    'The sign-in provider cannot be reached, or does not answer as it should. Try again in a while.',
    'Il provider di accesso non si raggiunge o non risponde come dovrebbe. Riprova tra poco.'],
  fault_token: [
    'What the sign-in provider said does not prove who you are. Try again; if it stays so, an administrator has to look into it.',
    'Ciò che ha detto il provider di accesso non prova chi sei. Riprova; se continua, se ne deve occupare un amministratore.'],
  by_link: ['Without a user', 'Senza un utente'],
  lost: [
    'No password any more, or no telephone? An administrator gives you a link under Users.',
    'Non hai più la password o il telefono? Un amministratore ti dà un link dalla sezione Utenti.'],
  opening: ['Opening the link …', 'Apertura del link …'],
  first: ['The first administrator', 'Il primo amministratore'],
  first_why: [
    'There is no user yet. You will be the first one, and may add the others.',
    'Non c’è ancora nessun utente. Sarai il primo e potrai aggiungere gli altri.'],
  hello: ['Hello, {0}', 'Ciao, {0}'],
  choose: ['Choose a password.', 'Scegli una password.'],
  choose_both: ['Choose a password and set up the second factor.', 'Scegli una password e configura il secondo fattore.'],
  name_hint: ['As the ledger will have it; it stays.', 'Come starà nel registro; non cambia più.'],
  password_new: ['New password', 'Nuova password'],
  password_hint: [
    'At least 12 characters; some words in a row are easy to keep in mind.',
    'Almeno 12 caratteri; alcune parole in fila si ricordano facilmente.'],
  next: ['Go on', 'Avanti'],
  factor: ['Second factor', 'Secondo fattore'],
  factor_how: [
    'Scan this with an app for one-time codes, or type the secret into it.',
    'Inquadra questo codice con un’app per codici monouso, oppure scrivi il segreto nell’app.'],
  qr: ['QR code of the second factor; the secret below is the same as text.', 'Codice QR del secondo fattore; il segreto qui sotto è lo stesso, come testo.'],
  secret: ['Secret', 'Segreto'],
  code_new: ['Code that the app shows now', 'Codice che l’app mostra ora'],
  done: ['Done', 'Fatto'],
  recovery: ['Your recovery codes', 'I tuoi codici di recupero'],
  recovery_why: [
    'Each signs in once when your telephone is not there. They are shown only now: keep them where the telephone is not.',
    'Ognuno permette un accesso quando non hai il telefono. Li vedi solo ora: conservali lontano dal telefono.'],
  recovery_save: ['Save as a file', 'Salva come file'],
  kept: ['I have kept them', 'Li ho conservati'],
  open_console: ['Open the console', 'Apri la console'],
  open_why_not: ['First say that you have kept the codes.', 'Prima conferma di avere conservato i codici.'],
});

function enter(): void {
  location.replace(location.pathname);
}

function Alone({ title, children }: { title: string; children: preact.ComponentChildren }) {
  useEffect(() => { document.title = `${title} – ${t('name')}`; }, [title]);
  return (
    <main class="alone">
      <h1>{title}</h1>
      {children}
      <p><button type="button" onClick={chooseOther}>{t('other_language')}</button></p>
    </main>
  );
}

// What a form sends, and what the gateway says of it; a sentence about a field stands beside that field.
function useSending() {
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  async function send(work: () => Promise<void>) {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (e) {
      setProblem(e instanceof Problem ? e : new Problem(0, (e as Error).message));
    }
    setBusy(false);
  }
  const of = (...fields: string[]) => (problem && fields.includes(problem.field) ? problem.message : '');
  return { send, busy, problem, of };
}

// --- by name --------------------------------------------------------------------------------------

const FAULTS = ['again', 'denied', 'refused', 'down', 'token'] as const;

// Why somebody is back from the provider without having come in: one of the words above, or another that is in the address.
function sentenceOf(fault: string): string {
  const known = FAULTS.find((word) => word === fault);
  return known ? t(`fault_${known}`) : '';
}

// Going there is following a link, so it needs nothing of the page's policy but leave to be left.
function ByProvider() {
  const [name, setName] = useState('');
  useEffect(() => {
    get<Schemas['SignInProvider']>('/session/provider').then((p) => setName(p.name ?? ''), () => undefined);
  }, []);
  return name ? (
    <>
      <p><a class="button" href="/console/oidc/start"><bdi>{t('by_provider', name)}</bdi></a></p>
      <p>{t('or_name')}</p>
    </>
  ) : null;
}

export function SignIn({ why, fault = '' }: { why: string; fault?: string }) {
  const [values, setValues] = useState({ name: '', password: '', totp: '' });
  const [asksCode, setAsksCode] = useState(false);
  const { send, problem, of } = useSending();
  const set = (key: keyof typeof values) => (e: { currentTarget: HTMLInputElement }) => setValues({ ...values, [key]: e.currentTarget.value });
  const submit = (e: Event) => {
    e.preventDefault();
    void send(async () => {
      try {
        const { totp, ...rest } = values;
        await post('/session', asksCode ? { ...rest, totp } : rest);
        location.reload();
      } catch (e) {
        // The password was right: that the code is missing is a step, not a fault.
        if (!(e instanceof Problem && e.field === 'totp' && !asksCode)) throw e;
        setAsksCode(true);
      }
    });
  };
  const elsewhere = problem && !['name', 'password', 'totp'].includes(problem.field);
  return (
    <Alone title={t('title')}>
      {why && <p role="alert" class="note"><bdi>{why}</bdi></p>}
      {sentenceOf(fault) && <p role="alert" class="note">{sentenceOf(fault)}</p>}
      {elsewhere && <p role="alert" class="note"><bdi>{problem.message}</bdi></p>}
      <ByProvider />
      <form onSubmit={submit}>
        <Field label={t('name_')} error={of('name')}>
          <input name="username" autocomplete="username" required maxLength={60} value={values.name} onInput={set('name')} />
        </Field>
        <Field label={t('password')} error={of('password')}>
          <input type="password" name="password" autocomplete="current-password" required maxLength={256} value={values.password} onInput={set('password')} />
        </Field>
        {asksCode && (
          <Field label={t('code')} hint={t('code_hint')} error={of('totp')}>
            <input name="totp" autocomplete="one-time-code" required maxLength={24} ref={(i) => { if (i && !i.value) i.focus(); }}
              value={values.totp} onInput={set('totp')} />
          </Field>
        )}
        <Act submit>{t('go')}</Act>
      </form>
      <p class="source">{t('lost')}</p>
      <details>
        <summary>{t('by_link')}</summary>
        <p>{t('how_to_sign_in')}</p>
        <p><code>varco session link</code></p>
      </details>
    </Alone>
  );
}

// --- by a link ------------------------------------------------------------------------------------

type Door = Schemas['SessionDoor'];

function Recovery({ codes }: { codes: readonly string[] }) {
  const [kept, setKept] = useState(false);
  const spaced = codes.map((c) => c.replace(/(.{4})(?=.)/g, '$1-'));
  return (
    <Alone title={t('recovery')}>
      <p>{t('recovery_why')}</p>
      <ul class="codes">{spaced.map((c) => <li><code>{c}</code></li>)}</ul>
      <p><button type="button" onClick={() => download('varco-recovery.txt', `${spaced.join('\r\n')}\r\n`, 'text/plain')}>{t('recovery_save')}</button></p>
      <label class="check"><input type="checkbox" checked={kept} onChange={(e) => setKept(e.currentTarget.checked)} /> {t('kept')}</label>
      <Act may={kept} why={t('open_why_not')} onDo={enter}>{t('open_console')}</Act>
    </Alone>
  );
}

function Factor({ door }: { door: Door }) {
  return (
    <section>
      <h2>{t('factor')}</h2>
      <p>{t('factor_how')}</p>
      <img class="qr" alt={t('qr')} src={`data:image/svg+xml,${encodeURIComponent(door.svg ?? '')}`} />
      <p>{t('secret')}: <code>{(door.secret ?? '').replace(/(.{4})(?=.)/g, '$1 ')}</code></p>
    </section>
  );
}

// The name comes before the second factor: an app shows its codes under it.
function AskName({ link, onDoor }: { link: string; onDoor: (name: string, door: Door) => void }) {
  const [name, setName] = useState('');
  const { send, of, problem } = useSending();
  const submit = (e: Event) => {
    e.preventDefault();
    void send(async () => onDoor(name, await post<Door>('/session/look', { link, name })));
  };
  return (
    <Alone title={t('first')}>
      <p>{t('first_why')}</p>
      {problem && problem.field !== 'name' && <p role="alert" class="note"><bdi>{problem.message}</bdi></p>}
      <form onSubmit={submit}>
        <Field label={t('name_')} hint={t('name_hint')} error={of('name')}>
          <input name="username" autocomplete="username" required maxLength={60} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </Field>
        <Act submit>{t('next')}</Act>
      </form>
    </Alone>
  );
}

function Choose({ link, name, door, onCodes }: { link: string; name: string; door: Door; onCodes: (codes: readonly string[]) => void }) {
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState('');
  const { send, of, problem } = useSending();
  const submit = (e: Event) => {
    e.preventDefault();
    void send(async () => {
      const made = await post<Schemas['SetUp']>('/session/setup', { link, password, totp, ...(door.for === 'first' && { name }) });
      if (made.recovery.length) onCodes(made.recovery);
      else enter();
    });
  };
  const elsewhere = problem && !['password', 'totp'].includes(problem.field);
  return (
    <Alone title={t('hello', name)}>
      <p>{t(door.new_factor ? 'choose_both' : 'choose')}</p>
      {elsewhere && <p role="alert" class="note"><bdi>{problem.message}</bdi></p>}
      <form onSubmit={submit}>
        <input type="text" name="username" autocomplete="username" value={name} readOnly hidden />
        <Field label={t('password_new')} hint={t('password_hint')} error={of('password')}>
          <input type="password" name="password" autocomplete="new-password" required maxLength={256} value={password}
            onInput={(e) => setPassword(e.currentTarget.value)} />
        </Field>
        {door.new_factor && <Factor door={door} />}
        <Field label={t(door.new_factor ? 'code_new' : 'code')} error={of('totp')}>
          <input name="totp" autocomplete="one-time-code" inputMode="numeric" required maxLength={6} value={totp}
            onInput={(e) => setTotp(e.currentTarget.value)} />
        </Field>
        <Act submit>{t('done')}</Act>
      </form>
    </Alone>
  );
}

export function SetUp({ link }: { link: string }) {
  const [door, setDoor] = useState<Door>();
  const [name, setName] = useState('');
  const [codes, setCodes] = useState<readonly string[]>([]);
  const [why, setWhy] = useState('');
  useEffect(() => {
    post<Door>('/session/look', { link }).then(
      (found) => { setDoor(found); setName(found.name ?? ''); },
      (e: unknown) => setWhy((e as Error).message));
  }, []);
  if (why) return <SignIn why={why} />;
  if (codes.length) return <Recovery codes={codes} />;
  if (!door) return <p role="status">{t('opening')}</p>;
  if (door.for === 'first' && !name) return <AskName link={link} onDoor={(n, d) => { setName(n); setDoor(d); }} />;
  return <Choose link={link} name={name} door={door} onCodes={setCodes} />;
}
