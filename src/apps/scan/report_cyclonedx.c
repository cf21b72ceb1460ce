/* CycloneDX 1.6: packages, images and extensions are components, hosted APIs and protocols are services;
 * each carries the verdict and its places as properties. */
#include "apps/scan/report.h"

#include <stdio.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/json.h"

static bool is_service(const struct scan_row *row)
{
	return str_eq(row->kind, STR("hostname")) || str_eq(row->kind, STR("service")) ||
	    str_eq(row->kind, STR("code-pattern")) || str_eq(row->kind, STR("workflow-node")) ||
	    str_eq(row->kind, STR("rpa"));
}

static const char *type_of(const struct scan_row *row)
{
	if (str_eq(row->kind, STR("docker-image")))
		return "container";
	return str_eq(row->kind, STR("library")) ? "library" : "application";
}

static void property(struct json_writer *w, const char *name, struct str value)
{
	jw_object(w);
	jw_member_c(w, "name", name);
	jw_member_str(w, "value", value);
	jw_object_end(w);
}

static void write_place(struct json_writer *w, const struct scan_finding *f)
{
	struct buf place;

	buf_init(&place, 0);
	buf_addf(&place, "%.*s:%u", STR_ARG(f->path), f->line);
	property(w, "varco:place", buf_str(&place));
	buf_done(&place);
}

static void write_item(
    struct json_writer *w, const struct scan_result *r, const struct scan_row *row, size_t first)
{
	jw_object(w);
	if (!is_service(row))
		jw_member_c(w, "type", type_of(row));
	jw_member_c(w, "bom-ref", row->id);
	jw_member_str(w, "name", row->name);
	jw_member_str(w, "description", row->why);
	jw_key(w, "properties");
	jw_array(w);
	property(w, "varco:row", str_c(row->id));
	property(w, "varco:verdict", str_c(scan_verdict_name(r->findings[first].verdict)));
	property(w, "varco:mechanism", row->mechanism);
	property(w, "varco:replacement", row->replacement);
	for (size_t i = first; i < r->findings_len; i++) {
		if (r->findings[i].id == r->findings[first].id)
			write_place(w, &r->findings[i]);
	}
	jw_array_end(w);
	jw_object_end(w);
}

static bool is_first(const struct scan_result *r, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (r->findings[k].id == r->findings[i].id)
			return false;
	}
	return true;
}

static void write_list(
    struct json_writer *w, const struct scan_result *r, const char *key, bool services)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < r->findings_len; i++) {
		uint32_t row = catalogue_row_by_id(r->catalogue, str_c(r->findings[i].id));
		const struct scan_row *info = catalogue_row(r->catalogue, row);
		if (r->findings[i].verdict > SCAN_NOTE && is_service(info) == services &&
		    is_first(r, i))
			write_item(w, r, info, i);
	}
	jw_array_end(w);
}

static void write_serial(struct json_writer *w)
{
	unsigned char b[16];
	char text[64];

	crypto_random(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(text, sizeof(text),
	    "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
	    b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
	    b[15]);
	jw_member_c(w, "serialNumber", text);
}

void report_cyclonedx(const struct scan_result *r, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "bomFormat", "CycloneDX");
	jw_member_c(&w, "specVersion", "1.6");
	write_serial(&w);
	jw_member_int(&w, "version", 1);
	jw_key(&w, "metadata");
	jw_object(&w);
	jw_member_time(&w, "timestamp", r->started);
	jw_key(&w, "tools");
	jw_object(&w);
	jw_key(&w, "components");
	jw_array(&w);
	jw_object(&w);
	jw_member_c(&w, "type", "application");
	jw_member_c(&w, "name", "varco");
	jw_member_c(&w, "version", VARCO_VERSION);
	jw_object_end(&w);
	jw_array_end(&w);
	jw_object_end(&w);
	jw_object_end(&w);
	write_list(&w, r, "components", false);
	write_list(&w, r, "services", true);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}
