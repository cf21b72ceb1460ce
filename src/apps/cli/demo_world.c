#include "apps/cli/demo_world.h"

#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"

#define ITALIANS 80
#define BRITISH 1000

const struct demo_number demo_numbers[DEMO_NUMBERS] = {
	[DEMO_HEALTHY] = { "100200300", "+39 333 123 4500", true,
	    N_("healthy: established, quality GREEN") },
	[DEMO_WARMING] = { "100200301", "+39 333 123 4501", false,
	    N_("warming up: new today, a few people a day") },
	[DEMO_TROUBLED] = { "100200302", "+39 333 123 4502", true,
	    N_("in trouble: quality RED, marketing paused by the breaker") },
};

void demo_phone(size_t i, char out[DEMO_PHONE_MAX])
{
	if (i < ITALIANS)
		(void)snprintf(out, DEMO_PHONE_MAX, "+3933312345%02zu", 10 + i);
	else if (i < ITALIANS + BRITISH)
		(void)snprintf(out, DEMO_PHONE_MAX, "+447700900%03zu", i - ITALIANS);
	else
		(void)snprintf(out, DEMO_PHONE_MAX, "+3363998%04zu", i - ITALIANS - BRITISH);
}

/* --- consents --------------------------------------------------------------------------------- */

/* What the tenth of the people with that last digit agreed to; purpose NULL: nothing. */
static const struct {
	const char *purpose, *evidence, *source, *wording;
} grants[] = {
	{ "all", "double_opt_in", "https://bottega.example/iscrizione",
	    "Sì, scrivetemi su WhatsApp per ordini e offerte" },
	{ "all", "double_opt_in", "https://bottega.example/iscrizione",
	    "Sì, scrivetemi su WhatsApp per ordini e offerte" },
	{ "marketing", "signed", "modulo firmato in negozio", "Acconsento a ricevere offerte" },
	{ "all", "form", "https://bottega.example/cassa", "Avvisatemi su WhatsApp" },
	{ "utility", "form", "https://bottega.example/cassa", "Avvisatemi quando l'ordine parte" },
	{ "utility", "form", "https://bottega.example/cassa", "Avvisatemi quando l'ordine parte" },
	{ "marketing", "inbound_message", "WhatsApp", "Vorrei le offerte" },
	{ "all", "inbound_message", "WhatsApp", "Ciao! Tenetemi aggiornata" },
	{ "marketing", "imported", "vecchio gestionale", "" },
	{ NULL, NULL, NULL, NULL },
};

static void add_act(struct buf *out, size_t i, const char *purpose, const char *act, time_ms at,
    const char *evidence, const char *wording, const char *source)
{
	char phone[DEMO_PHONE_MAX], when[TIME_TEXT_MAX];

	demo_phone(i, phone);
	time_format(at - at % MS_PER_S, when);
	buf_addf(out, "%s,,%s,%s,%s,%s,\"%s\",%s\n", phone, purpose, act, when, evidence, wording,
	    source);
}

/* Between three and four hundred days ago, and the withdrawal the day after at the earliest. */
static void add_person(struct buf *out, size_t i, time_ms now)
{
	size_t kind = i % ARRAY_LEN(grants);
	time_ms at = now - (time_ms)(3 + i * 7919 % 397) * MS_PER_DAY;

	if (grants[kind].purpose)
		add_act(out, i, grants[kind].purpose, "grant", at, grants[kind].evidence,
		    grants[kind].wording, grants[kind].source);
	if (i % 17 == 16)
		add_act(out, i, "marketing", "withdraw", at + MS_PER_DAY, "", "Basta offerte",
		    "WhatsApp");
	if (i % 101 == 100)
		add_act(out, i, "all", "withdraw", at + 2 * MS_PER_DAY, "", "Non scrivetemi più",
		    "telefono");
}

void demo_consents(time_ms now, struct buf *out)
{
	buf_add_c(out, "phone,bsuid,purpose,act,at,evidence,text,source\n");
	for (size_t i = 0; i < DEMO_PEOPLE; i++)
		add_person(out, i, now);
}

/* --- templates -------------------------------------------------------------------------------- */

#define SHIPPED_BODY(hello, goes) \
	"{\"type\":\"BODY\",\"text\":\"" hello " {{1}}, " goes \
	"\",\"example\":{\"body_text\":[[\"Anna\",\"A1B2\"]]}}"
#define OFFER_FOOTER "{\"type\":\"FOOTER\",\"text\":\"Bottega Esempio, via Inventata 1, Bologna\"}"

const char demo_templates[] =
    "["
    "{\"name\":\"order_shipped\",\"language\":\"it\",\"category\":\"UTILITY\",\"status\":\"APPROVED\",\"components\":[" SHIPPED_BODY(
	"Ciao",
	"il tuo ordine {{2}} è partito e arriva entro due giorni.") "]},"
								    "{\"name\":\"order_shipped\",\"language\":\"en\",\"category\":\"UTILITY\",\"status\":\"APPROVED\",\"components\":[" SHIPPED_BODY(
									"Hello",
									"your order {{2}} is on its way and arrives within two days.") "]},"
																       "{\"name\":\"spring_offer\",\"language\":\"it\",\"category\":\"MARKETING\",\"status\":\"APPROVED\",\"components\":["
																       "{\"type\":\"BODY\",\"text\":\"Ciao {{1}}, da Bottega Esempio le borse di primavera con il 20% di sconto fino a"
																       " domenica.\",\"example\":{\"body_text\":[[\"Anna\"]]}}," OFFER_FOOTER
																       ","
																       "{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Basta offerte\"}]}]},"
																       "{\"name\":\"spring_offer\",\"language\":\"en\",\"category\":\"MARKETING\",\"status\":\"APPROVED\",\"components\":["
																       "{\"type\":\"BODY\",\"text\":\"Hello {{1}}, from Bottega Esempio the bags of this spring, 20% off until"
																       " Sunday.\",\"example\":{\"body_text\":[[\"Anna\"]]}}," OFFER_FOOTER
																       ","
																       "{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Stop promotions\"}]}]},"
																       "{\"name\":\"access_code\",\"language\":\"it\",\"category\":\"AUTHENTICATION\",\"status\":\"APPROVED\",\"components\":["
																       "{\"type\":\"BODY\",\"add_security_recommendation\":true},"
																       "{\"type\":\"FOOTER\",\"code_expiration_minutes\":10},"
																       "{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"OTP\",\"otp_type\":\"COPY_CODE\",\"text\":\"Copia codice\"}]}]}"
																       "]";
