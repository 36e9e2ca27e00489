// The column metrics.value as a row of it is read.
#ifndef HEARTH_POINT_H
#define HEARTH_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "capi.h"

// The fields of the struct, in the order of pgsql.ValueExpr; points.go checks their names.
enum field {
	FIELD_T, FIELD_X, FIELD_C, FIELD_K, FIELD_TS, FIELD_ST, FIELD_N, FIELD_S, FIELD_MN, FIELD_MX, FIELD_MM, FIELD_BC, FIELD_EB,
	FIELD_SCALE, FIELD_ZC, FIELD_ZT, FIELD_PO, FIELD_PC, FIELD_NO, FIELD_NC, FIELD_PW, FIELDS
};

enum type { GAUGE, SUM, HISTOGRAM, EXPONENTIAL };

// What the value of a point stands for.
enum course {
	ADDS,   // what was since the last point: delta temporality, and merged values
	GROWS,  // what was since the start: counters and histograms of cumulative temporality
	LEVELS, // how much there is: gauges and up-down counters of cumulative temporality
};

#define UNKNOWN_TIME INT64_MIN

// A pair is a piece of a merged distribution: a weight over a range.
enum form {
	LINEAR,   // from a to b, evenly; a equal to b is a value
	POSITIVE, // bucket a of an exponential histogram of scale b
	NEGATIVE, // the same, mirrored
};

typedef struct {
	double a, b, w;
	int8_t form;
} pair;

// The fields of a pair as a struct, in the order of pgsql.ValueExpr.
enum pair_field { PAIR_A, PAIR_B, PAIR_W, PAIR_F };

typedef struct {
	const int32_t *data;
	uint64_t length;
} counts;

// A point is one value. Numbers that are not known are NaN, times UNKNOWN_TIME, lists empty.
typedef struct {
	enum type type;
	enum course course;
	uint64_t series;
	int64_t at, since; // microseconds
	double x, n, s, low, high;
	bool bounded; // low and high hold for all observations
	const double *bounds;
	uint64_t bound_count;
	counts buckets;
	int32_t scale, zero_count, positive_offset, negative_offset;
	double zero_threshold;
	counts positive, negative;
	uint64_t pair_offset, pair_count; // of a merged value, in the chunk's pairs
} point;

// The vectors of a chunk.
typedef struct {
	const void *data;
	const uint64_t *valid;
} vector;

typedef struct {
	const uint64_t *valid;
	vector fields[FIELDS];
	vector items[FIELDS]; // of lists
	vector pairs[4];
} points;

void points_open(points *p, duckdb_vector v);
// points_read reads a row; false when it is NULL.
bool points_read(const points *p, idx_t row, point *to);
pair points_pair(const points *p, uint64_t at);

static inline bool is_valid(const uint64_t *mask, idx_t row) { return !mask || mask[row / 64] >> row % 64 & 1; }

#endif
