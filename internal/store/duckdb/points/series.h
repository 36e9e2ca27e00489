// The points of cumulative series, which say something only next to the point before.
#ifndef HEARTH_SERIES_H
#define HEARTH_SERIES_H

#include "memory.h"
#include "point.h"

// What all arrays of points begin with.
typedef struct {
	uint64_t series;
	int64_t at, since; // microseconds
	double measure;    // what only grows while the series goes on: a counter's value, a histogram's count
	bool grows;        // false for levels: these fall too
	bool before;       // not of the group itself: the point before one of it
} moment_of_series;

// series_order returns the places of points so that those of a series stand together, in the order of time. The array has
// a place for each, and is the caller's to give back: count * 8 bytes. NULL when the budget does not allow it.
uint64_t *series_order(budget *b, const void *points, size_t element, uint64_t count);

// begins_again tells whether a series started from zero between two points.
bool begins_again(const moment_of_series *before, const moment_of_series *after);
// counts_from_zero tells whether all that a point holds was counted after its start, and its start is known: the first
// point of a series whose start its sender did not know has its own time as start (OpenTelemetry's data model).
bool counts_from_zero(const moment_of_series *m);
// began_after tells whether the series of a first point is known to have begun at a moment or later.
bool began_after(const moment_of_series *first, int64_t moment);

#endif
