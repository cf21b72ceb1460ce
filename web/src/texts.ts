// What several pages say, in English and Italian; {0}, {1} stand for what is filled in. Sentences that come from the API
// are in the reader's language already.
const texts = {
  name: ['Varco', 'Varco'],
  health: ['Health', 'Salute'],
  numbers: ['Numbers', 'Numeri'],
  decisions: ['Decisions', 'Decisioni'],
  users: ['Users', 'Utenti'],
  audit: ['Audit trail', 'Tracciato'],
  settings: ['Settings', 'Impostazioni'],
  campaigns: ['Campaigns', 'Campagne'],
  templates: ['Templates', 'Modelli'],
  automations: ['Automations', 'Automazioni'],
  analyze: ['Analyze', 'Analisi'],
  menu: ['Menu', 'Menu'],
  close: ['Close', 'Chiudi'],
  client: ['Client', 'Cliente'],
  of_client: ['Only what is of {0}; what is of no client shows under all clients.', 'Solo ciò che è di {0}; ciò che non è di nessun cliente si vede scegliendo tutti i clienti.'],
  all_clients: ['All {0} clients', 'Tutti i {0} clienti'],
  search: ['Search', 'Cerca'],
  search_go: ['Search', 'Cerca'],
  search_for: ['Phone, message, decision, template …', 'Telefono, messaggio, decisione, modello …'],
  search_empty: [
    'Type a phone number, the id of a message, a decision, a campaign or an incident, or the name of a template.',
    'Scrivi un numero di telefono, l’id di un messaggio, di una decisione, di una campagna o di un incidente, o il nome di un modello.'],
  simulation: ['SIMULATION', 'SIMULAZIONE'],
  simulation_is: ['Nothing reaches WhatsApp: messages go to a simulator.', 'Nulla arriva a WhatsApp: i messaggi vanno a un simulatore.'],
  live: ['LIVE', 'REALE'],
  live_is: ['Messages go to real people.', 'I messaggi arrivano a persone reali.'],
  enforce: ['enforces', 'applica le regole'],
  observe: ['observes', 'osserva'],
  freshness: ['How fresh this is', 'Quanto è aggiornato'],
  streaming: ['Shown as it changes', 'Mostrato quando cambia'],
  polling: ['Asked for every 5 s', 'Richiesto ogni 5 s'],
  gateway_silent: ['The gateway does not answer', 'Il gateway non risponde'],
  webhooks_ago: ['webhooks {0} ago', 'webhook {0} fa'],
  webhooks_none: ['no webhook since the start', 'nessun webhook dall’avvio'],
  upstream_ago: ['upstream answered {0} ago', 'Meta ha risposto {0} fa'],
  upstream_none: ['upstream not asked since the start', 'Meta non interrogata dall’avvio'],
  checkpoint_at: ['ledger checkpoint {0}', 'sigillo del registro {0}'],
  checkpoint_none: ['no ledger checkpoint yet', 'nessun sigillo del registro'],
  look: ['Look', 'Aspetto'],
  look_system: ['as the system', 'come il sistema'],
  look_light: ['light', 'chiaro'],
  look_dark: ['dark', 'scuro'],
  look_contrast: ['high contrast', 'alto contrasto'],
  licences: ['Licences of what this is made of', 'Licenze dei componenti'],
  operator: ['Operator', 'Operatore'],
  role_viewer: ['viewer', 'lettore'],
  role_author: ['author', 'autore'],
  role_approver: ['approver', 'approvatore'],
  role_compliance: ['compliance', 'compliance'],
  role_admin: ['administrator', 'amministratore'],
  not_your_role: ['Your role, {0}, may not do this; ask an administrator.', 'Il tuo ruolo, {0}, non può farlo: chiedi a un amministratore.'],
  takes_role: ['Who can do this: {0}.', 'Chi può farlo: {0}.'],
  not_allowed: ['You may not see this', 'Non puoi vedere questa parte'],
  save_csv: ['Save as CSV', 'Salva come CSV'],
  columns: ['Columns', 'Colonne'],
  as_table: ['As a table', 'Come tabella'],
  no_figures: ['There are no figures yet.', 'Non ci sono ancora dati.'],
  people: ['People & consent', 'Persone e consensi'],
  stops: ['Opt-outs in doubt', 'Revoche incerte'],
  imports: ['Imports of consents', 'Importazioni di consensi'],
  fleet: ['All clients, by risk', 'Tutti i clienti, per rischio'],
  integrations: ['Integrations', 'Integrazioni'],
  incidents: ['Incidents', 'Incidenti'],
  ledger: ['Ledger', 'Registro firmato'],
  alerts: ['Alarms and notices', 'Allarmi e avvisi'],
  sections: ['Sections', 'Sezioni'],
  skip: ['Skip to the content', 'Vai al contenuto'],
  other_language: ['Italiano', 'English'],
  other_lang: ['it', 'en'],
  sign_out: ['Sign out', 'Esci'],
  signed_out: ['You are signed out', 'Non hai effettuato l’accesso'],
  how_to_sign_in: [
    'Ask for a link on the machine where the gateway runs, and open it in this browser. It is good once, for a quarter of an hour.',
    'Chiedi un link sulla macchina dove gira il gateway e aprilo in questo browser. Vale una volta sola, per un quarto d’ora.'],
  signing_in: ['Signing in …', 'Accesso in corso …'],
  loading: ['Loading …', 'Caricamento …'],
  again: ['Try again', 'Riprova'],
  failed: ['This could not be loaded', 'Non è stato possibile caricare'],
  as_of: ['As of {0}, from {1}.', 'Dati delle {0}, fonte: {1}.'],
  of_gateway: ['this gateway', 'questo gateway'],
  stale: ['This may be out of date: the gateway does not answer.', 'Può non essere aggiornato: il gateway non risponde.'],
  all_well: ['Nothing needs you today.', 'Oggi non c’è nulla da fare.'],
  needs_one: ['1 of {1} numbers needs attention.', '1 numero su {1} richiede attenzione.'],
  needs_many: ['{0} of {1} numbers need attention.', '{0} numeri su {1} richiedono attenzione.'],
  no_numbers: ['There is no number yet. Add one with varco number add.', 'Non c’è ancora nessun numero. Aggiungine uno con varco number add.'],
  observing: [
    'Observe mode: what policy would refuse is recorded and let pass.',
    'Modalità di osservazione: ciò che le regole rifiuterebbero viene registrato e lasciato passare.'],
  enforcing: ['Policy is enforced.', 'Le regole sono applicate.'],
  pauses: ['Pauses in force', 'Pause in vigore'],
  no_pauses: ['Nothing is paused.', 'Nulla è in pausa.'],
  what: ['What', 'Che cosa'],
  purpose: ['Purpose', 'Scopo'],
  since: ['Since', 'Da'],
  until: ['Until', 'Fino a'],
  resumed: ['until somebody resumes it', 'finché qualcuno non riprende'],
  by: ['By', 'Da parte di'],
  why: ['Why', 'Perché'],
  part: ['Part that goes', 'Parte che passa'],
  alarms: ['Newest alarms', 'Ultimi allarmi'],
  no_alarms: ['There were no alarms.', 'Nessun allarme.'],
  kind: ['Kind', 'Tipo'],
  when: ['When', 'Quando'],
  where: ['Where', 'Dove'],
  waiting: ['Waiting', 'In attesa'],
  held: ['Held', 'In sospeso'],
  ready: ['Ready', 'Pronti'],
  unknown: ['Unknown outcome', 'Esito ignoto'],
  number: ['Number', 'Numero'],
  state: ['State', 'Stato'],
  quality: ['Quality', 'Qualità'],
  warmup: ['Warm-up', 'Riscaldamento'],
  warming: ['warming up', 'in riscaldamento'],
  established: ['established', 'avviato'],
  throughput: ['A second', 'Al secondo'],
  today: ['Today', 'Oggi'],
  left: ['People whom marketing may begin to write to now', 'Persone a cui il marketing può iniziare a scrivere ora'],
  unlimited: ['no limit', 'nessun limite'],
  why_not_more: ['Why not more?', 'Perché non di più?'],
  to_get_more: ['What gets more', 'Che cosa aumenta il limite'],
  all_states: ['all states', 'tutti gli stati'],
  rule: ['Rule', 'Regola'],
  filter: ['Show', 'Mostra'],
  app: ['App', 'App'],
  person: ['Person', 'Persona'],
  verdict: ['Verdict', 'Verdetto'],
  decision: ['Decision', 'Decisione'],
  no_decisions: ['No decision fits.', 'Nessuna decisione corrisponde.'],
  older: ['Older', 'Meno recenti'],
  back: ['Back to the list', 'Torna all’elenco'],
  every_rule: ['Rules that did not pass', 'Regole non superate'],
  all_passed: ['Every rule passed.', 'Tutte le regole sono superate.'],
  remedy: ['What to do', 'Che cosa fare'],
  who: ['Who can', 'Chi può'],
  evidence: ['Evidence', 'Prova'],
  level: ['Level', 'Livello'],
  template: ['Template', 'Modello'],
  campaign: ['Campaign', 'Campagna'],
  wamid: ['Message id', 'Id del messaggio'],
  policy: ['Policy', 'Regole'],
  mode: ['Mode', 'Modalità'],
  former: ['How it was judged before', 'Come era stata giudicata prima'],
  stop: ['Stop marketing', 'Ferma il marketing'],
  stop_title: ['Stop marketing on all numbers', 'Fermare il marketing su tutti i numeri'],
  stop_text: [
    'On {0} numbers no marketing message leaves any more until somebody resumes it. Replies, utility and authentication go on.',
    'Su {0} numeri non parte più alcun messaggio di marketing finché qualcuno non riprende. Risposte, utility e autenticazione continuano.'],
  stop_reason: ['Why, for those who come later', 'Perché, per chi verrà dopo'],
  stop_type: ['Type {0} to confirm', 'Scrivi {0} per confermare'],
  stop_now: ['Stop now', 'Ferma ora'],
  stop_why_not: ['Needs a reason and the word {0}.', 'Servono un motivo e la parola {0}.'],
  stopped: ['Marketing is stopped on {0} numbers.', 'Il marketing è fermo su {0} numeri.'],
  cancel: ['Cancel', 'Annulla'],
  word: ['STOP', 'FERMA'],
} as const satisfies Words;

export type Words = Record<string, readonly [string, string]>;
export type Lang = 'en' | 'it';

const STORED = 'varco-language';

function preferred(): Lang {
  const wanted = localStorage.getItem(STORED) ?? navigator.language;
  return wanted.toLowerCase().startsWith('it') ? 'it' : 'en';
}

export const lang: Lang = preferred();

export function chooseOther(): void {
  localStorage.setItem(STORED, lang === 'it' ? 'en' : 'it');
  location.reload();
}

// A language of the tests: whatever goes through words() is marked, so that what does not stands out.
const marked = localStorage.getItem(STORED) === 'marked';
const mark = (text: string) => (marked ? `⟦${text}⟧` : text);

// One of a pair, for words that are looked up by a value.
export function chosen(pair: readonly [string, string]): string {
  return mark(pair[lang === 'it' ? 1 : 0]);
}

// What a page says: its own words and those above, by name.
export function words<T extends Words>(own: T): (text: keyof T | keyof typeof texts, ...filled: (string | number)[]) => string {
  const all: Words = { ...texts, ...own };
  return (text, ...filled) =>
    mark(all[text as string]![lang === 'it' ? 1 : 0].replace(/\{(\d)\}/g, (_, n: string) => String(filled[Number(n)])));
}

export const t = words({});

const locale = lang === 'it' ? 'it-IT' : 'en-GB';

// In the reader's own zone; the moment in UTC stands in the title of whatever shows it.
export function time(at: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' }).format(new Date(at));
}

export function amount(n: number): string {
  return new Intl.NumberFormat(locale).format(n);
}
