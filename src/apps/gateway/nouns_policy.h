/* apps/gateway/nouns_policy.h: the rows of the policy, of webhooks to apps and of backups; for nouns.c
 * only. */

#define DOC_POLICY_BY N_("Who does it, by name; admin unless told otherwise.")
#define DOC_POLICY_REASON N_("Why, for those who come later.")
#define DOC_PROPOSAL N_("Id of the proposal, as in pol_0c5gq3hr8v2zk.")
#define DOC_AT_ONCE N_("Put it in force at once, where that wants no second person.")

static const struct noun_field policy_list_fields[] = {
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field policy_diff_fields[] = {
	{ "from", FIELD_INT, OPTIONAL,
	    N_("A version, 0 for the pack as it is; the one before unless told otherwise.") },
	{ "to", FIELD_INT, OPTIONAL, N_("A version; the newest unless told otherwise.") },
};

static const struct noun_field policy_propose_fields[] = {
	{ "level", FIELD_LIST, OPTIONAL,
	    N_("Levels of rules, as in content.link=refuse; default takes one back to the pack's.") },
	{ "figure", FIELD_LIST, OPTIONAL,
	    N_("Figures that the pack lets be set, as in quiet_hours.from=20:00; default takes one back.") },
	{ "reason", FIELD_STR, REQUIRED, DOC_POLICY_REASON },
	{ "by", FIELD_STR, OPTIONAL, DOC_POLICY_BY },
	{ "at_once", FIELD_BOOL, OPTIONAL, DOC_AT_ONCE },
};

static const struct noun_field policy_except_fields[] = {
	{ "rule", FIELD_STR, REQUIRED, N_("The rule that only warns there.") },
	{ "app", FIELD_STR, OPTIONAL, N_("For what this integration sends, by id or name.") },
	{ "number", FIELD_STR, OPTIONAL, N_("Or for what this number sends.") },
	{ "template", FIELD_STR, OPTIONAL, N_("Or for what is sent with templates of this name.") },
	{ "until", FIELD_TIME, OPTIONAL, N_("When it ends.") },
	{ "for", FIELD_DURATION, OPTIONAL, N_("Or how long it holds from now on, at most 90d.") },
	{ "reason", FIELD_STR, REQUIRED, DOC_POLICY_REASON },
	{ "by", FIELD_STR, OPTIONAL, DOC_POLICY_BY },
};

static const struct noun_field policy_end_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the exception, as in exc_0c5gq3hr8v2zk.") },
	{ "reason", FIELD_STR, REQUIRED, DOC_POLICY_REASON },
	{ "by", FIELD_STR, OPTIONAL, DOC_POLICY_BY },
};

static const struct noun_field policy_back_fields[] = {
	{ "to", FIELD_INT, REQUIRED,
	    N_("The version whose levels and figures come back, 0 for the pack as it is.") },
	{ "reason", FIELD_STR, REQUIRED, DOC_POLICY_REASON },
	{ "by", FIELD_STR, OPTIONAL, DOC_POLICY_BY },
	{ "at_once", FIELD_BOOL, OPTIONAL, DOC_AT_ONCE },
};

static const struct noun_field policy_proposal_id[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_PROPOSAL },
};

static const struct noun_field policy_apply_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_PROPOSAL },
	{ "by", FIELD_STR, OPTIONAL,
	    N_("Who puts it in force, by name: somebody else than who proposed it, where it protects less.") },
};

static const struct noun_field policy_drop_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_PROPOSAL },
	{ "by", FIELD_STR, OPTIONAL, DOC_POLICY_BY },
};

#define POLICY_VERBS \
	{ "policy", "show", "GET", "/api/v1/policy", NULL, 0, \
		N_("The policy in force: every rule with its level and figures, and exceptions."), \
		"varco policy show", "showPolicy" }, \
	    { "policy", "versions", "GET", "/api/v1/policy/versions", WITH(policy_list_fields), \
		    N_("Lists the changes of the policy, the newest first."), \
		    "varco policy versions", "listPolicyVersions" }, \
	    { "policy", "diff", "GET", "/api/v1/policy/diff", WITH(policy_diff_fields), \
		    N_("What differs between two versions."), "varco policy diff --from 0 --to 2", \
		    "diffPolicy" }, \
	    { "policy", "propose", "POST", "/api/v1/policy/proposals", \
		    WITH(policy_propose_fields), \
		    N_("Proposes other levels or figures; nothing changes before it is put in force."), \
		    "varco policy propose --level content.link=refuse --figure quiet_hours.from=20:00" \
		    " --reason 'Complaints of April' --by 'Marta Neri'", \
		    "proposePolicy" }, \
	    { "policy", "proposals", "GET", "/api/v1/policy/proposals", WITH(policy_list_fields), \
		    N_("Lists proposals, the newest first."), "varco policy proposals", \
		    "listProposals" }, \
	    { "policy", "proposal", "GET", "/api/v1/policy/proposals/{id}", \
		    WITH(policy_proposal_id), \
		    N_("Shows a proposal: what it changes, and whether that wants a second person."), \
		    "varco policy proposal pol_0c5gq3hr8v2zk", "showProposal" }, \
	    { "policy", "effect", "GET", "/api/v1/policy/proposals/{id}/effect", \
		    WITH(policy_proposal_id), \
		    N_("What the decisions of the last seven days would have been under a proposal."), \
		    "varco policy effect pol_0c5gq3hr8v2zk", "showEffect" }, \
	    { "policy", "apply", "POST", "/api/v1/policy/proposals/{id}/apply", \
		    WITH(policy_apply_fields), \
		    N_("Puts a proposal in force, as a new version of the policy."), \
		    "varco policy apply pol_0c5gq3hr8v2zk --by 'Luca Bianchi'", "applyProposal" }, \
	    { "policy", "drop", "POST", "/api/v1/policy/proposals/{id}/drop", \
		    WITH(policy_drop_fields), N_("Gives a proposal up."), \
		    "varco policy drop pol_0c5gq3hr8v2zk", "dropProposal" }, \
	    { "policy", "roll-back", "POST", "/api/v1/policy/roll-back", WITH(policy_back_fields), \
		    N_("Proposes the levels and figures of a former version; exceptions stay as they are."), \
		    "varco policy roll-back --to 1 --reason 'Too much is held' --by 'Marta Neri'", \
		    "rollBackPolicy" }, \
	    { "policy", "except", "POST", "/api/v1/policy/exceptions", WITH(policy_except_fields), \
		    N_("Proposes that a rule only warns for one app, number or template until a time."), \
		    "varco policy except --rule limit.frequency --template spring_offer --for 7d" \
		    " --reason 'Recall of a product' --by 'Marta Neri'", \
		    "addException" }, \
	    { "policy", "end", "POST", "/api/v1/policy/exceptions/{id}/end", \
		    WITH(policy_end_fields), N_("Ends an exception at once."), \
		    "varco policy end exc_0c5gq3hr8v2zk --reason 'The recall is over'", \
		    "endException" }

static const struct noun_field backup_make_fields[] = {
	{ "keep", FIELD_INT, OPTIONAL,
	    N_("How many good ones stay, 0 for all; by default what backup.keep says. Older ones are removed.") },
};

static const struct noun_field backup_name[] = {
	{ "name", FIELD_STR, POSITIONAL, N_("Its name, as in varco-20261122T100000Z.db.") },
};

static const struct noun_field backup_confirm_fields[] = {
	{ "reason", FIELD_STR, REQUIRED,
	    N_("Where the opt-outs since the copy came from, and who entered them; it is put on record.") },
	{ "by", FIELD_STR, OPTIONAL, N_("Who says so; admin unless told otherwise.") },
};

#define BACKUP_VERBS \
	{ "backup", "make", "POST", "/api/v1/backups", WITH(backup_make_fields), \
		N_("Makes a copy of the store while everything goes on, and checks it."), \
		"varco backup make", "makeBackup" }, \
	    { "backup", "list", "GET", "/api/v1/backups", NULL, 0, \
		    N_("Lists the copies of the store, the newest first."), "varco backup list", \
		    "listBackups" }, \
	    { "backup", "status", "GET", "/api/v1/backups/status", NULL, 0, \
		    N_("Shows when the store is copied by itself, and how old the newest good copy is."), \
		    "varco backup status", "showBackups" }, \
	    { "backup", "confirm", "POST", "/api/v1/backups/confirm", WITH(backup_confirm_fields), \
		    N_("Says that the opt-outs since a restored copy are in the store again: marketing goes on."), \
		    "varco backup confirm --reason 'Entered again from the mailbox and the shop' --by 'Marta Neri'", \
		    "confirmRestore" }, \
	    { "backup", "verify", "POST", "/api/v1/backups/{name}/verify", WITH(backup_name), \
		    N_("Opens a copy of the store and reads its whole ledger again."), \
		    "varco backup verify varco-20261122T100000Z.db", "verifyBackup" }

#define DOC_WEBHOOK_APP N_("The integration, by id or name.")

static const struct noun_field delivery_list_fields[] = {
	{ "app", FIELD_STR, OPTIONAL, N_("Only those to this integration, by id or name.") },
	{ "failed", FIELD_BOOL, OPTIONAL, N_("Only those that were not taken.") },
	{ "limit", FIELD_INT, OPTIONAL, DOC_LIMIT },
	{ "cursor", FIELD_STR, OPTIONAL, DOC_CURSOR },
};

static const struct noun_field delivery_id[] = {
	{ "id", FIELD_STR, POSITIONAL, N_("Id of the delivery, as in dlv_0c5gq3hr8v2zk.") },
};

static const struct noun_field delivery_resend_fields[] = {
	{ "id", FIELD_STR, OPTIONAL, N_("Id of the delivery, as in dlv_0c5gq3hr8v2zk.") },
	{ "app", FIELD_STR, OPTIONAL,
	    N_("Instead of one, all that are kept of this integration, by id or name.") },
	{ "since", FIELD_TIME, OPTIONAL, N_("Those made at that time or later.") },
	{ "until", FIELD_TIME, OPTIONAL,
	    N_("Those made before that time; all unless told otherwise.") },
};

static const struct noun_field webhook_switch[] = {
	{ "app", FIELD_STR, REQUIRED, DOC_WEBHOOK_APP },
	{ "reason", FIELD_STR, OPTIONAL, DOC_POLICY_REASON },
};

#define WEBHOOK_VERBS \
	{ "webhook", "list", "GET", "/api/v1/webhooks", NULL, 0, \
		N_("Lists where apps get events: what waits, and how the last delivery went."), \
		"varco webhook list", "listWebhooks" }, \
	    { "webhook", "deliveries", "GET", "/api/v1/webhooks/deliveries", \
		    WITH(delivery_list_fields), \
		    N_("Lists what was posted to apps, the newest first."), \
		    "varco webhook deliveries --app crm --failed", "listDeliveries" }, \
	    { "webhook", "delivery", "GET", "/api/v1/webhooks/deliveries/{id}", WITH(delivery_id), \
		    N_("Shows a delivery: what was sent and what was answered."), \
		    "varco webhook delivery dlv_0c5gq3hr8v2zk", "showDelivery" }, \
	    { "webhook", "resend", "POST", "/api/v1/webhooks/resend", \
		    WITH(delivery_resend_fields), \
		    N_("Sends the events of a delivery again, or of all of a time; at most 50 deliveries."), \
		    "varco webhook resend --app crm --since 2026-11-22T08:00:00Z", \
		    "resendDeliveries" }, \
	    { "webhook", "disable", "POST", "/api/v1/webhooks/disable", WITH(webhook_switch), \
		    N_("Posts nothing to an app for now; its events wait."), \
		    "varco webhook disable --app crm --reason 'New server'", "disableWebhook" }, \
	    { "webhook", "enable", "POST", "/api/v1/webhooks/enable", WITH(webhook_switch), \
		    N_("Posts to an app again, what waits first."), \
		    "varco webhook enable --app crm", "enableWebhook" }
