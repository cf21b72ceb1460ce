/* domain/message_types.h: what each type of message must look like.
 *
 * Private to domain/message.c, message_types.c and message_interactive.c. Shapes are tables of fields after platform facts 3.1 (2026-11-22); the figures
 * are the pack's. */
#ifndef DOMAIN_MESSAGE_TYPES_H
#define DOMAIN_MESSAGE_TYPES_H

#include "domain/fields.h"
#include "domain/message.h"

/* Is all of m->body as the platform wants it; the kind, type, template and category of `m` are read already. On
 * no, f->problem names the first field that is not. */
bool message_types_check(struct fields *f, const struct pack *pack, const struct message *m);

/* The parts it is made of. `holder` stands at f->path; media is its member `name`. */
bool message_media_check(struct fields *f, const struct pack_message *figures,
    const struct json *holder, const char *name);
bool message_interactive_check(
    struct fields *f, const struct pack_message *figures, const struct message *m);

/* Does a body hold the object of any type of message. */
bool message_types_present(const struct json *body);

#endif
