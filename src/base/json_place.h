/* base/json_place.h: where in a text of JSON a value stands, for people who look for it there. */
#ifndef BASE_JSON_PLACE_H
#define BASE_JSON_PLACE_H

#include <stdbool.h>

#include "base/str.h"

struct json_place {
	size_t line, column; /* from 1; columns are UTF-16 units, as SARIF counts them */
};

/* The value at a path such as "[2].components[0].text"; when it is not there, the nearest one on the way to it. The text
 * is one that json_read() took; of any other text the place is some place in it. */
struct json_place json_place_find(struct str text, struct str path);

/* The same for values in many items of one array: a search begins where the last one's item did, so that all of them together
 * cost as much as one that reads the whole text. */
struct json_places {
	struct str text;
	size_t at, index; /* of the item that it came to */
	struct json_place place;
	bool is_array;
};
/* `array` is the path of the array; "" the text itself. */
void json_places_init(struct json_places *p, struct str text, struct str array);
/* The value at `path` in the item of that index. Indices that do not fall are found fast. */
struct json_place json_places_find(struct json_places *p, size_t index, struct str path);

#endif
