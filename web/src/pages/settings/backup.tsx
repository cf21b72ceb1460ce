// Copies of the store: when they are made, how old the newest is, whether it is good, and making and checking one.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Facts, Foreign, Live, mayAll, mayAs, mayIf, Moment, Table, toast, toastError, useLive } from '../../parts';
import { amount, time } from '../../texts';
import { s } from './texts';

type B = Schemas['Backup'];

const TONE: Record<string, string> = { good: 'good', damaged: 'bad' };

function stateWord(b: B): string {
  return s(b.state as 'good' | 'damaged' | 'unchecked');
}

const HOUR_MS = 3600_000;

function ago(at: string): string {
  const hours = Math.floor((Date.now() - Date.parse(at)) / HOUR_MS);
  return hours < 1 ? s('ago_now') : hours < 48 ? s('ago_hours', amount(hours)) : s('ago_days', amount(Math.floor(hours / 24)));
}

type Status = Schemas['BackupStatus'];

function Clock({ status }: { status: Status }) {
  return (
    <Facts rows={[
      [s('by_itself'), status.every ? s('every', status.every) : s('never_itself')],
      [s('newest_good'), status.last_good_at ? <><Moment at={status.last_good_at} /> · {ago(status.last_good_at)}</> : s('none_good')],
      [s('next_copy'), status.next_copy_at ? <Moment at={status.next_copy_at} /> : '–'],
      [s('kept'), status.keep ? amount(status.keep) : s('all_kept')],
    ]} />
  );
}

export function Backup() {
  const list = useLive((signal) => get<Schemas['BackupList']>('/backups', {}, signal), 'backups', ['settings']);
  const status = useLive((signal) => get<Status>('/backups/status', {}, signal), 'backup-status', ['settings', 'alarm']);
  const [busy, setBusy] = useState(false);
  const go = async (path: string) => {
    setBusy(true);
    try {
      const b = await post<B>(path);
      toast(`${b.name}: ${stateWord(b)}`, b.state === 'damaged');
    } catch (e) {
      toastError(e);
    }
    setBusy(false);
    list.again();
    status.again();
  };
  const may = mayAll(mayAs('admin'), mayIf(!busy, s('making')));
  return (
    <>
      <p>{s('backup_text')}</p>
      <Live from={status}>{(now) => (
        <>
          {now.overdue && <p role="alert" class="note">{s('overdue')}</p>}
          {now.restored_at && <p role="alert" class="note">{s('restored', time(now.restored_at))}</p>}
          <Clock status={now} />
        </>
      )}</Live>
      <p class="row"><Act may={may} onDo={() => void go('/backups')}>{s('make_copy')}</Act></p>
      <Live from={list}>{({ items }) => (
        <Table title={s('backup')} rows={items} none={s('no_backups')} columns={[
          { name: s('when'), cell: (b) => <Moment at={b.at} />, sort: (b) => b.at },
          { name: s('file'), cell: (b) => <code><Foreign>{b.name}</Foreign></code> },
          { name: s('size'), cell: (b) => s('mib', amount(Math.round(b.bytes / 104857.6) / 10)), sort: (b) => b.bytes },
          { name: s('state'), cell: (b) => <><span class={`word ${TONE[b.state] ?? 'plain'}`}>{stateWord(b)}</span> <Foreign>{b.problem}</Foreign></> },
          { name: s('entries'), cell: (b) => amount(b.entries), sort: (b) => b.entries },
          { name: s('checked'), cell: (b) => b.checked_at ? <Moment at={b.checked_at} /> : '–' },
          { name: s('check'), cell: (b) => <Act may={may} onDo={() => void go(`/backups/${encodeURIComponent(b.name)}/verify`)}>{s('check')}</Act> },
        ]} />
      )}</Live>
      <p class="source">{s('restore')}</p>
    </>
  );
}
