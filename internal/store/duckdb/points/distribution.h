// The observations of points as one distribution.
#ifndef HEARTH_DISTRIBUTION_H
#define HEARTH_DISTRIBUTION_H

#include "series.h"

// A distribution's zero value is empty. It may be moved in memory.
typedef struct {
	block values;       // of double: gauges and sums
	pair *pairs;        // hash table; a pair of weight 0 may be left in it
	uint64_t used, size;
	block snapshots;    // of cumulative histograms, until they are settled
	block integers;     // of int32_t: their counts
	block bounds;       // of double: their bounds
	double n, s;        // count and sum of the observations
	double low, high;   // of all that is known
	bool any, sized, summed, ranged; // whether there are points, n, s, and low and high
	bool unbounded;     // some observations may lie outside low and high
	bool framed;        // the statement gives the point before each one, and first
	bool explicit_buckets, exponential_buckets, histograms;
	int8_t type;        // of the merged value
	uint64_t series;
	int64_t first;       // the time of the first point, or the one that the statement gives; 0 where it is not known
	int64_t last, since; // the last recorded, the first start
} distribution;

// These report whether the budget allowed it.
bool distribution_add(budget *b, distribution *d, const points *from, const point *p, bool before);
bool distribution_combine(budget *b, distribution *to, const distribution *from);
// distribution_settle turns what cumulative histograms counted between their points into pairs.
bool distribution_settle(budget *b, distribution *d);
void distribution_free(budget *b, distribution *d);

// distribution_mixed tells whether explicit and exponential histograms came together.
bool distribution_mixed(const distribution *d);

// distribution_quantile finds the smallest value that a fraction of the observations does not exceed, NaN where there is
// none. The distribution is settled.
bool distribution_quantile(budget *b, distribution *d, double fraction, double *result);

// distribution_list makes a list of all pairs, the values too, for the caller to give back. The distribution is settled.
bool distribution_list(budget *b, distribution *d, pair **list, uint64_t *count, uint64_t *bytes);

#endif
