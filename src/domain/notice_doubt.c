/* Whether it may come from Meta: by the sender's domain, by where its links lead, by what it asks for,
 * by what the receiving server wrote. Each can be forged in a file; so what speaks against is told, and
 * what speaks for proves nothing. */
#include "domain/notice_private.h"

#include <strings.h>

#include "base/check.h"

#define HOST_MAX 253
#define LINKS_LOOKED_AT 200

/* --- hosts ---------------------------------------------------------------------------------------- */

static bool is_below(struct str host, struct str domain)
{
	if (host.len < domain.len)
		return false;
	struct str end = str_sub(host, host.len - domain.len, domain.len);
	return str_eq_nocase(end, domain) &&
	    (host.len == domain.len || host.p[host.len - domain.len - 1] == '.');
}

static bool is_one_of(struct str host, const struct pack_words *domains)
{
	for (size_t i = 0; i < domains->len; i++) {
		if (is_below(host, domains->items[i]))
			return true;
	}
	return false;
}

static bool sounds_like(struct str host, const struct pack_words *brands)
{
	for (size_t i = 0; i < brands->len; i++) {
		struct str b = brands->items[i];
		for (size_t at = 0; at + b.len <= host.len; at++) {
			if (str_eq_nocase(str_sub(host, at, b.len), b))
				return true;
		}
	}
	return false;
}

/* "user@host" → host. */
static struct str domain_of(struct str address)
{
	struct str rest = address;

	(void)str_cut(&rest, '@');
	return rest.p ? notice_cut(str_trim(rest), HOST_MAX) : STR_NONE;
}

/* Of "https://user@host:port/path" the host; p NULL when it is no web address. */
static struct str host_of(struct str url)
{
	struct str rest = url, scheme = str_cut(&rest, ':');
	bool web = str_eq_nocase(scheme, STR("https")) || str_eq_nocase(scheme, STR("http"));
	size_t n = 0;

	if (!web || !str_starts(rest, STR("//")))
		return STR_NONE;
	rest = str_sub(rest, 2, rest.len);
	while (n < rest.len && !memchr("/?#\\ \t\r\n\"'<>)", rest.p[n], 13))
		n++;
	struct str authority = str_sub(rest, 0, n), behind = authority;
	while (behind.p) { /* the last "@" counts */
		authority = behind;
		(void)str_cut(&behind, '@');
	}
	return str_cut(&authority, ':');
}

/* --- the sender ----------------------------------------------------------------------------------- */

/* Of an e-mail that was forwarded as text: the first line "From: …" behind the words that say so. */
static struct str quoted_sender(const struct notice_look *l, bool *ret_forwarded)
{
	size_t from = 0, name = 0;
	const struct pack_phrases *forwarded = notice_words(l, "forwarded", &from);
	const struct pack_phrases *label = notice_words(l, "from", &name);
	struct str rest = l->body;
	bool behind = false;

	while (rest.len && forwarded && label) {
		struct str line = notice_cut(str_trim(str_cut(&rest, '\n')), NOTICE_LINE_MAX),
			   value = line;
		struct str folded = pack_phrase_fold(l->a, line);
		if (!behind) {
			behind = folded.p && folded.len < 60 &&
			    pack_phrases_fit(forwarded, folded, NULL);
			*ret_forwarded = behind;
			continue;
		}
		struct str head = pack_phrase_fold(l->a, str_cut(&value, ':'));
		if (!value.p || !head.p || !pack_phrases_fit(label, head, NULL))
			continue;
		struct str address = value;
		(void)str_cut(&address, '<');
		address = address.p ? str_cut(&address, '>') : str_trim(value);
		return domain_of(address);
	}
	return STR_NONE;
}

static void doubt_sender(const struct notice_look *l, struct notice *n)
{
	struct str domain = n->sender;

	if (is_one_of(domain, &l->words->senders))
		return;
	n->doubts |= NOTICE_DOUBT_SENDER;
	if (sounds_like(domain, &l->words->brands))
		n->doubts |= NOTICE_DOUBT_LOOKALIKE;
}

/* Of the e-mail that the notice is: the inner one, the quoted one, else the outer. A forwarder's own
 * address says nothing of Meta. */
static void find_sender(const struct notice_look *l, struct notice *n)
{
	const struct mime_mail *m = l->mail;
	bool quoted = false;

	if (m->inner.headers_len) {
		n->sender = domain_of(m->inner.from);
	} else if (is_one_of(domain_of(m->outer.from), &l->words->senders)) {
		n->sender = domain_of(m->outer.from);
	} else {
		n->sender = quoted_sender(l, &quoted);
		n->forwarded = quoted;
		if (!quoted)
			n->sender = domain_of(m->outer.from);
	}
	if (n->sender.len || !n->forwarded)
		doubt_sender(l, n);
}

/* Of the e-mail that is the notice; a forwarder may want answers wherever they like. */
static void doubt_reply(const struct notice_look *l, struct notice *n)
{
	const struct mime_mail *m = l->mail;
	const struct mime_message *of = m->inner.headers_len ? &m->inner : &m->outer;
	struct str to = mime_header(of, "Reply-To"), address = to;

	if (!to.len || (n->forwarded && !m->inner.headers_len))
		return;
	(void)str_cut(&address, '<');
	address = address.p ? str_cut(&address, '>') : to;
	if (!is_one_of(domain_of(address), &l->words->senders))
		n->doubts |= NOTICE_DOUBT_REPLY;
}

/* --- links ---------------------------------------------------------------------------------------- */

/* Who forwards an e-mail may have links to their own house below it. */
static bool is_known(const struct notice_look *l, const struct notice *n, struct str host)
{
	struct str own = domain_of(l->mail->outer.from);

	return is_one_of(host, &l->words->links) ||
	    (n->forwarded && own.len && (is_below(host, own) || is_below(own, host)));
}

static void doubt_link(const struct notice_look *l, struct notice *n, struct str url)
{
	struct str host = host_of(url);

	if (host.p && !is_known(l, n, host))
		n->doubts |= NOTICE_DOUBT_LINK;
}

/* Those of HTML, and those that stand in the text. */
static void doubt_links(const struct notice_look *l, struct notice *n)
{
	const struct mime_mail *m = l->mail;
	const char *at = l->body.p, *end = l->body.p + l->body.len;
	size_t seen = 0;

	for (size_t i = 0; i < m->links_len; i++)
		doubt_link(l, n, m->links[i]);
	while (at && seen++ < LINKS_LOOKED_AT &&
	    (at = memmem(at, (size_t)(end - at), "://", 3)) != NULL) {
		const char *from = at;
		while (from > l->body.p && from[-1] >= 'A' && from[-1] <= 'z')
			from--;
		doubt_link(l, n, str_n(from, (size_t)(end - from)));
		at += 3;
	}
}

/* --- what the receiving server found -------------------------------------------------------------- */

/* "dkim=pass" → pass. */
static struct str verdict_in(struct str header, const char *method)
{
	size_t len = strlen(method);

	for (size_t i = 0; i + len + 1 < header.len; i++) {
		bool begins = i == 0 || memchr(" ;\t", header.p[i - 1], 3);
		if (!begins || strncasecmp(&header.p[i], method, len) != 0 ||
		    header.p[i + len] != '=')
			continue;
		size_t from = i + len + 1, n = 0;
		while (from + n < header.len && n < 20 && header.p[from + n] >= 'A' &&
		    header.p[from + n] <= 'z')
			n++;
		return str_sub(header, from, n);
	}
	return STR_NONE;
}

static bool failed(struct str verdict)
{
	return str_eq_nocase(verdict, STR("fail")) || str_eq_nocase(verdict, STR("permerror"));
}

/* The topmost header is the one that was added last, by whoever received it. */
static void read_checks(const struct notice_look *l, struct notice *n)
{
	const struct mime_mail *m = l->mail;
	struct str inner = mime_header(&m->inner, "Authentication-Results");
	struct str header = m->inner.headers_len ? inner
						 : mime_header(&m->outer, "Authentication-Results");

	if (!header.len || (n->forwarded && !m->inner.headers_len))
		return;
	struct str rest = header;
	n->checked_by = notice_cut(str_trim(str_cut(&rest, ';')), HOST_MAX);
	n->dkim = verdict_in(header, "dkim");
	n->spf = verdict_in(header, "spf");
	n->dmarc = verdict_in(header, "dmarc");
	if (failed(n->dkim) || failed(n->dmarc) || (failed(n->spf) && !n->dkim.len))
		n->doubts |= NOTICE_DOUBT_SIGNATURE;
}

int notice_doubt(const struct notice_look *l, struct notice *n)
{
	size_t from = 0;
	const struct pack_phrases *bait = notice_words(l, "bait", &from);

	find_sender(l, n);
	doubt_reply(l, n);
	doubt_links(l, n);
	read_checks(l, n);
	if (bait && pack_phrases_fit(bait, l->text, NULL))
		n->doubts |= NOTICE_DOUBT_BAIT;
	return 0;
}
