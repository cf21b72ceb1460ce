/* domain/incident_words.h: incidents in sentences for people: message ids, whole sentences. */
#ifndef DOMAIN_INCIDENT_WORDS_H
#define DOMAIN_INCIDENT_WORDS_H

#include "domain/incident_story.h"

/* Whether a review can be asked for, and where. */
const char *incident_review_words(const struct pack_incident *row);
const char *incident_where_words(const struct pack_incident *row);
/* What must be done next, by the state. */
const char *incident_next_words(const struct incident *i, const struct pack_incident *row);
/* Of the incident's own steps and of states; NULL when there is no sentence for it. */
const char *incident_step_words(struct str kind);
/* Of any event; NULL when its own word must do. */
const char *story_words(const struct story_event *e);
const char *incident_state_words(enum incident_state s);
const char *incident_outcome_words(enum incident_outcome o);

#endif
