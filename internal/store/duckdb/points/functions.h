#ifndef HEARTH_FUNCTIONS_H
#define HEARTH_FUNCTIONS_H

#include "capi.h"

typedef struct {
	duckdb_logical_type value, number, time;
} types;

// register_functions adds the aggregates to an instance. Their states hold no more memory than that together.
bool register_functions(duckdb_connection c, types t, long long memory);

#endif
