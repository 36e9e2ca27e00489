// By how much counters grew.
#ifndef HEARTH_INCREASE_H
#define HEARTH_INCREASE_H

#include "series.h"

// An increase's zero value is that of no points. It may be moved in memory.
typedef struct {
	block steps;         // of step: points of cumulative series
	double sum;          // of the others
	bool any;            // whether anything was counted
	bool timed;          // whether begin and end are known
	int64_t begin, end;  // the time in which the sum came together
	int64_t first;       // the time of the first point, or the one that the statement gives; 0 where it is not known
	bool framed;         // the statement gives the point before each one, and first
} increase;

// These report whether the budget allowed it.
bool increase_add(budget *b, increase *i, const point *p, bool before);
bool increase_combine(budget *b, increase *to, const increase *from);
// increase_total finds the increase and the seconds in which it came together; NaN where there are none.
bool increase_total(budget *b, const increase *i, double *total, double *seconds);
void increase_free(budget *b, increase *i);

#endif
