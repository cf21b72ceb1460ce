/* apps/sim/sim_api.h: what the simulator serves of the Graph: one handler a row of the route table. */
#ifndef APPS_SIM_SIM_API_H
#define APPS_SIM_SIM_API_H

#include "apps/sim/sim_call.h"

/* sim_api_send.c */
void sim_api_messages(struct sim_call *c);
void sim_api_marketing_messages(struct sim_call *c);

/* sim_api_media.c */
void sim_api_media_upload(struct sim_call *c); /* when the head is there: the body is streamed */
void sim_api_media_get(struct sim_call *c, struct sim_file *f);
void sim_api_media_download(struct sim_call *c);
/* The file of that id; under an unknown one (unless --strict) a small picture. NULL when there is none. */
struct sim_file *sim_api_media_find(struct sim_call *c, struct str id);

/* sim_api_node.c: GET, POST and DELETE of a bare id */
void sim_api_node_get(struct sim_call *c);
void sim_api_node_post(struct sim_call *c);
void sim_api_node_delete(struct sim_call *c);

/* sim_api_template.c */
void sim_api_template_list(struct sim_call *c);
void sim_api_template_create(struct sim_call *c);
void sim_api_template_delete(struct sim_call *c);
void sim_api_template_edit(struct sim_call *c, struct sim_template *t);
void sim_api_template_unpause(struct sim_call *c);
void sim_api_message_sample(struct sim_call *c);

/* sim_api_number.c */
void sim_api_register(struct sim_call *c);
void sim_api_deregister(struct sim_call *c);
void sim_api_request_code(struct sim_call *c);
void sim_api_verify_code(struct sim_call *c);
void sim_api_number_set(struct sim_call *c, struct sim_number *n);
void sim_api_profile_get(struct sim_call *c);
void sim_api_profile_set(struct sim_call *c);
void sim_api_settings_get(struct sim_call *c);
void sim_api_settings_set(struct sim_call *c);
void sim_api_block(struct sim_call *c);
void sim_api_unblock(struct sim_call *c);
void sim_api_blocked(struct sim_call *c);
void sim_api_history(struct sim_call *c);

/* sim_api_waba.c */
void sim_api_waba_numbers(struct sim_call *c);
void sim_api_subscribed_get(struct sim_call *c);
void sim_api_subscribed_set(struct sim_call *c);
void sim_api_subscribed_delete(struct sim_call *c);

/* sim_routes.c: finds the handler and calls it; an unknown path is answered as the Graph does. */
void sim_route(struct sim_call *c);
/* Is this a call whose body must be streamed? */
bool sim_route_streams(const struct http_request *req);

/* sim_control.c: everything under /_sim/ */
void sim_control(struct sim_call *c);

#endif
