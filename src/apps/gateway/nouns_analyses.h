/* apps/gateway/nouns_analyses.h: the rows of analyses of past traffic; for nouns.c only. */
#ifndef APPS_GATEWAY_NOUNS_ANALYSES_H
#define APPS_GATEWAY_NOUNS_ANALYSES_H

#define DOC_ANALYSIS N_("Id of the analysis, anl_….")

static const struct noun_field analysis_start_fields[] = {
	{ "file", FIELD_FILE, POSITIONAL,
	    N_("The traffic, a table as varco analyze reads it: CSV or XLSX.") },
	{ "name", FIELD_STR, OPTIONAL, N_("What the report calls it, as in traffic.csv.") },
	{ "consents_file", FIELD_FILE, OPTIONAL, N_("Who agreed and who withdrew, a table.") },
	{ "inbound_file", FIELD_FILE, OPTIONAL, N_("What people wrote, a table.") },
	{ "templates_file", FIELD_FILE, OPTIONAL,
	    N_("Definitions of templates in Graph's shape.") },
	{ "map", FIELD_STR, OPTIONAL,
	    N_("Which column is what, where its name does not tell: ROLE=COLUMN, commas between them.") },
	{ "country", FIELD_STR, OPTIONAL,
	    N_("Country of telephone numbers without a country code, as in IT.") },
	{ "zone", FIELD_STR, OPTIONAL,
	    N_("Time zone of times without an offset, as in Europe/Rome; UTC unless told otherwise.") },
	{ "dates", FIELD_STR, OPTIONAL,
	    N_("What 03/04/2026 means: dmy, which it is unless told otherwise, or mdy.") },
};

static const struct noun_field analysis_id[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_ANALYSIS },
};

static const struct noun_field analysis_report_fields[] = {
	{ "id", FIELD_STR, POSITIONAL, DOC_ANALYSIS },
	{ "format", FIELD_STR, OPTIONAL,
	    N_("html, the report, which it is unless told otherwise; csv, all people with findings, with whole"
	       " numbers.") },
};

#define ANALYSIS_VERBS \
	{ "analysis", "start", "POST", "/api/v1/analyses", WITH(analysis_start_fields), \
		N_("Has past traffic analyzed, in a process beside the gateway; nothing of it goes on record."), \
		"varco analysis start traffic.csv --country IT", "startAnalysis" }, \
	    { "analysis", "list", "GET", "/api/v1/analyses", NULL, 0, \
		    N_("Lists the analyses that are kept: for an hour, or until they are removed."), \
		    "varco analysis list", "listAnalyses" }, \
	    { "analysis", "show", "GET", "/api/v1/analyses/{id}", WITH(analysis_id), \
		    N_("Shows how far an analysis is, and what it found."), \
		    "varco analysis show anl_0c5gq3hr8v2zk", "showAnalysis" }, \
	    { "analysis", "report", "GET", "/api/v1/analyses/{id}/report", \
		    WITH(analysis_report_fields), \
		    N_("The report of an analysis as a file, or the people with findings."), \
		    "varco analysis report anl_0c5gq3hr8v2zk >report.html", "reportAnalysis" }, \
	    { "analysis", "remove", "DELETE", "/api/v1/analyses/{id}", WITH(analysis_id), \
		    N_("Ends an analysis, if it is under way, and drops all of it."), \
		    "varco analysis remove anl_0c5gq3hr8v2zk", "removeAnalysis" }

#endif
