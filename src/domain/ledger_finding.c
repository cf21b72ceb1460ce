#include "domain/ledger_finding.h"

#include "base/lang.h"

/* {1}: seq, {2}: until, {3}: the record in brackets with a blank before, or nothing. Not printf's
 * places, which not every catalogue checker knows. */
static const struct {
	const char *name, *sentence;
} faults[] = {
	[LEDGER_SOUND] = { "sound", N_("Nothing is wrong.") },
	[LEDGER_MISSING] = { "entry.missing", N_("Entry {1} is missing.") },
	[LEDGER_STRAY] = { "entry.stray", N_("There is an entry with the number {1}.") },
	[LEDGER_DAMAGED] = { "entry.damaged",
	    N_("Entry {1}{3} is damaged: its row has not the form of one.") },
	[LEDGER_RECORD_GONE] = { "record.gone", N_("What entry {1}{3} stands for is not there.") },
	[LEDGER_RECORD_OTHER] = { "record.changed",
	    N_("Entry {1}{3} was changed, or the record that it stands for.") },
	[LEDGER_CHANGED] = { "entries.changed",
	    N_("One or more of the entries {1} to {2} are not those that a checkpoint signed.") },
	[LEDGER_UNSURE] = { "entries.unsure",
	    N_("One of the entries {1} to {2} was changed, or the hash that is kept of them.") },
	[LEDGER_TILE] = { "hash.changed",
	    N_("The hash that is kept of the entries {1} to {2} is wrong or missing; the entries are sound.") },
	[LEDGER_TILE_STRAY] = { "hash.stray",
	    N_("Hashes are kept of entries behind the last one, {1}.") },
	[LEDGER_SIGNATURE] = { "checkpoint.signature",
	    N_("The checkpoint of {1} entries is not signed by the ledger's key.") },
	[LEDGER_NOTE] = { "checkpoint.damaged", N_("The checkpoint of {1} entries is damaged.") },
	[LEDGER_CUT] = { "ledger.cut",
	    N_("The ledger was cut off or rolled back: it has {1} entries, and a checkpoint signed {2}.") },
	[LEDGER_UNLISTED] = { "record.unlisted",
	    N_("A record{3} names entry {1}, which does not stand for it.") },
	[LEDGER_KEPT_OTHER] = { "record.kept_changed",
	    N_("What was kept of entry {1}{3} is not what it commits to.") },
	[LEDGER_FORGOTTEN] = { "record.forgotten",
	    N_("What entry {1} stands for was destroyed, and no erasure says so.") },
	[LEDGER_NOT_ERASED] = { "record.not_erased",
	    N_("An erasure says that entry {1} lost its content, and it is there.") },
	[LEDGER_SUPPRESSION_GONE] = { "suppression.gone",
	    N_("Somebody who was erased is not on the suppression list any more, as entry {1} says they are.") },
	[LEDGER_SUPPRESSION_OTHER] = { "suppression.unlisted",
	    N_("Somebody is on the suppression list whom no erasure put there.") },
};

const char *ledger_fault_name(enum ledger_fault fault)
{
	return faults[fault].name;
}

static void add_part(const struct ledger_finding *f, char which, struct buf *out)
{
	if (which == '1')
		buf_addf(out, "%lld", (long long)f->seq);
	else if (which == '2')
		buf_addf(out, "%lld", (long long)f->until);
	else if (f->record[0])
		buf_addf(out, " (%s)", f->record);
}

void ledger_finding_write(const struct ledger_finding *f, struct buf *out)
{
	struct str rest = str_c(_(faults[f->fault].sentence));

	buf_add(out, str_cut(&rest, '{'));
	while (rest.p) {
		struct str part = str_cut(&rest, '}');
		add_part(f, part.len ? part.p[0] : '3', out);
		buf_add(out, str_cut(&rest, '{'));
	}
}
