#include "distribution.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A cumulative histogram at one moment.
typedef struct {
	moment_of_series moment;
	double s, low, high, zero_threshold;
	bool bounded, exponential;
	int32_t scale, zero_count, positive_offset, negative_offset;
	uint64_t integers, buckets, positive, negative; // place in integers, and lengths there
	uint64_t bounds, bound_count;
} snapshot;

// ---- pairs

static uint64_t bits(double d) {
	uint64_t u;
	d += 0.0; // -0 is 0
	memcpy(&u, &d, sizeof u);
	return u;
}

static bool same(const pair *x, const pair *y) { return x->form == y->form && bits(x->a) == bits(y->a) && bits(x->b) == bits(y->b); }

#define FREE_PAIR (-1)

static pair *find(pair *pairs, uint64_t size, const pair *p) {
	uint64_t h = (bits(p->a) ^ bits(p->b) * 0x9E3779B97F4A7C15u ^ (uint64_t)p->form) * 0xBF58476D1CE4E5B9u;
	uint64_t i = (h ^ h >> 32) & (size - 1);
	while (pairs[i].form != FREE_PAIR && !same(pairs + i, p)) i = (i + 1) & (size - 1);
	return pairs + i;
}

static bool grow(budget *b, distribution *d) {
	uint64_t size = d->size ? d->size * 2 : 16;
	pair *pairs = take_zeroed(b, size * sizeof *pairs);
	if (!pairs) return false;
	for (uint64_t i = 0; i < size; i++) pairs[i].form = FREE_PAIR;
	for (uint64_t i = 0; i < d->size; i++)
		if (d->pairs[i].form != FREE_PAIR) *find(pairs, size, d->pairs + i) = d->pairs[i];
	give_back(b, d->pairs, d->size * sizeof *pairs);
	d->pairs = pairs;
	d->size = size;
	return true;
}

static bool add_pair(budget *b, distribution *d, pair p) {
	if (p.w == 0 || !isfinite(p.a) || !isfinite(p.b) || !isfinite(p.w)) return true;
	if (d->used * 2 >= d->size && !grow(b, d)) return false;
	pair *to = find(d->pairs, d->size, &p);
	if (to->form == FREE_PAIR) {
		*to = p;
		d->used++;
	} else {
		to->w += p.w;
	}
	return true;
}

// ---- points

static void widen(distribution *d, double low, double high) {
	if (!isnan(low) && (!d->ranged || low < d->low)) d->low = low;
	if (!isnan(high) && (!d->ranged || high > d->high)) d->high = high;
	d->ranged = d->ranged || !(isnan(low) || isnan(high));
}

// range widens the range by what a histogram says of it.
static void range(distribution *d, double low, double high, bool bounded) {
	if (isnan(low) != isnan(high)) low = high = NAN; // half a range is none
	widen(d, low, high);
	d->unbounded = d->unbounded || !bounded || isnan(low);
}

static void count(distribution *d, double n, double s) {
	if (!isnan(n)) {
		d->n += n;
		d->sized = true;
	}
	if (!isnan(s)) {
		d->s += s;
		d->summed = true;
	}
}

// What an explicit histogram says besides its counts.
typedef struct {
	const double *bounds;
	uint64_t count;
	double low, high, mean;
} frame;

// add_bucket adds a bucket. An open end is the point's minimum or maximum; where it has none it is that of Prometheus: zero
// below a positive bound, else the bound itself.
static bool add_bucket(budget *b, distribution *d, const frame *f, uint64_t i, double w) {
	double lo = i == 0 || !f->count ? -INFINITY : f->bounds[(i < f->count ? i : f->count) - 1];
	double hi = i < f->count ? f->bounds[i] : INFINITY;
	bool above = isinf(hi) && hi > 0, below = isinf(lo) && lo < 0;
	if (above && below && isnan(f->low)) lo = hi = f->mean;
	else if (below) lo = f->low <= hi ? f->low : above || hi <= 0 ? hi : 0;
	if (above) hi = f->high >= lo ? f->high : lo;
	if (lo > hi) {
		double swap = lo;
		lo = hi;
		hi = swap;
	}
	return add_pair(b, d, (pair){lo, hi, w, LINEAR});
}

// add_explicit adds what was counted until now, less what was counted before, if there is that.
static bool add_explicit(budget *b, distribution *d, const frame *f, counts now, counts before) {
	for (uint64_t i = 0; i < now.length; i++) {
		double w = (double)now.data[i] - (i < before.length ? before.data[i] : 0);
		if (w > 0 && !add_bucket(b, d, f, i, w)) return false;
	}
	return true;
}

// shift makes the index of a bucket that of a coarser scale.
static int64_t shift(int64_t index, int64_t by) {
	if (by >= 62) return index < 0 ? -1 : 0;
	return index >> by;
}

static bool add_half(budget *b, distribution *d, counts c, int64_t offset, int64_t scale, int64_t coarser, double sign, int8_t form) {
	for (uint64_t i = 0; i < c.length; i++) {
		if (c.data[i] <= 0) continue;
		pair p = {(double)shift(offset + (int64_t)i, coarser), (double)(scale - coarser), sign * c.data[i], form};
		if (!add_pair(b, d, p)) return false;
	}
	return true;
}

static bool add_zero(budget *b, distribution *d, double threshold, bool negative, double w) {
	double end = threshold > 0 ? threshold : 0;
	return w == 0 || add_pair(b, d, (pair){negative ? -end : 0, end, w, LINEAR});
}

static bool add_histogram(budget *b, distribution *d, const point *p) {
	range(d, p->low, p->high, p->bounded);
	count(d, p->n, p->s);
	if (p->type == HISTOGRAM)
		return add_explicit(b, d, &(frame){p->bounds, p->bound_count, p->low, p->high, p->s / p->n}, p->buckets, (counts){0});
	return add_half(b, d, p->negative, p->negative_offset, p->scale, 0, 1, NEGATIVE) &&
	       add_zero(b, d, p->zero_threshold, p->negative.length > 0, p->zero_count > 0 ? p->zero_count : 0) &&
	       add_half(b, d, p->positive, p->positive_offset, p->scale, 0, 1, POSITIVE);
}

static bool add_merged(budget *b, distribution *d, const points *from, const point *p) {
	range(d, p->low, p->high, p->bounded);
	count(d, p->n, p->s);
	for (uint64_t i = 0; i < p->pair_count; i++)
		if (!add_pair(b, d, points_pair(from, p->pair_offset + i))) return false;
	return true;
}

static bool keep_integers(budget *b, distribution *d, counts c) {
	int32_t *to = block_add(b, &d->integers, sizeof *to, c.length);
	if (!to) return false;
	if (c.length) memcpy(to, c.data, c.length * sizeof *to);
	return true;
}

// keep_bounds keeps bounds once as long as points with the same ones follow each other.
static bool keep_bounds(budget *b, distribution *d, const point *p, uint64_t *at) {
	uint64_t n = p->bound_count;
	const double *kept = d->bounds.data;
	if (n <= d->bounds.count && (!n || memcmp(kept + d->bounds.count - n, p->bounds, n * sizeof *kept) == 0)) {
		*at = d->bounds.count - n;
		return true;
	}
	double *to = block_add(b, &d->bounds, sizeof *to, n);
	if (!to) return false;
	memcpy(to, p->bounds, n * sizeof *to);
	*at = d->bounds.count - n;
	return true;
}

static bool add_snapshot(budget *b, distribution *d, const point *p, bool before) {
	snapshot s = {
		.moment = {p->series, p->at, p->since, isnan(p->n) ? 0 : p->n, true, before},
		.s = p->s, .low = p->low, .high = p->high, .zero_threshold = p->zero_threshold, .bounded = p->bounded,
		.exponential = p->type == EXPONENTIAL, .scale = p->scale, .zero_count = p->zero_count > 0 ? p->zero_count : 0,
		.positive_offset = p->positive_offset, .negative_offset = p->negative_offset, .integers = d->integers.count,
		.buckets = p->buckets.length, .positive = p->positive.length, .negative = p->negative.length, .bound_count = p->bound_count,
	};
	if (!keep_bounds(b, d, p, &s.bounds)) return false;
	if (!keep_integers(b, d, p->buckets) || !keep_integers(b, d, p->positive) || !keep_integers(b, d, p->negative)) return false;
	snapshot *to = block_add(b, &d->snapshots, sizeof s, 1);
	if (!to) return false;
	*to = s;
	return true;
}

static bool add_value(budget *b, distribution *d, double x) {
	double *to = block_add(b, &d->values, sizeof x, 1);
	if (!to) return false;
	*to = x + 0.0;
	widen(d, x, x);
	count(d, 1, x);
	return true;
}

// note_point keeps what a merged value says of its points besides their observations.
static void note_point(distribution *d, const point *p) {
	bool histogram = p->type >= HISTOGRAM;
	if (!d->any || (histogram && !d->histograms) || (histogram == d->histograms && (int8_t)p->type > d->type)) d->type = (int8_t)p->type;
	if (!d->any || p->series < d->series) d->series = p->series;
	if (!d->framed && p->at != UNKNOWN_TIME && (!d->first || p->at < d->first)) d->first = p->at;
	if (!d->any || p->at > d->last) d->last = p->at;
	if (p->since != UNKNOWN_TIME && (d->since == UNKNOWN_TIME || !d->any || p->since < d->since)) d->since = p->since;
	if (!d->any && p->since == UNKNOWN_TIME) d->since = UNKNOWN_TIME;
	d->histograms = d->histograms || histogram;
	d->explicit_buckets = d->explicit_buckets || p->type == HISTOGRAM;
	d->exponential_buckets = d->exponential_buckets || p->type == EXPONENTIAL;
	d->any = true;
}

bool distribution_add(budget *b, distribution *d, const points *from, const point *p, bool before) {
	bool cumulative = p->course == GROWS && p->type >= HISTOGRAM;
	if (before) return !cumulative || add_snapshot(b, d, p, true);
	if (p->type < HISTOGRAM && !p->pair_count && !isfinite(p->x)) return true;
	note_point(d, p);
	if (cumulative) return add_snapshot(b, d, p, false);
	if (p->type >= HISTOGRAM && !p->pair_count) return add_histogram(b, d, p);
	if (isnan(p->x)) return add_merged(b, d, from, p);
	return add_value(b, d, p->x);
}

bool distribution_mixed(const distribution *d) { return d->explicit_buckets && d->exponential_buckets; }

// ---- series of cumulative histograms

static counts kept(const distribution *d, const snapshot *s, uint64_t at, uint64_t length) {
	return (counts){(const int32_t *)d->integers.data + s->integers + at, length};
}

static bool add_scaled(budget *b, distribution *d, const snapshot *s, int64_t coarser, double sign) {
	counts positive = kept(d, s, s->buckets, s->positive), negative = kept(d, s, s->buckets + s->positive, s->negative);
	return add_half(b, d, negative, s->negative_offset, s->scale, coarser, sign, NEGATIVE) &&
	       add_zero(b, d, s->zero_threshold, s->negative > 0, sign * s->zero_count) &&
	       add_half(b, d, positive, s->positive_offset, s->scale, coarser, sign, POSITIVE);
}

// add_difference adds what was counted between two snapshots, or, without the first, up to the second.
static bool add_difference(budget *b, distribution *d, const snapshot *from, const snapshot *to) {
	range(d, to->low, to->high, to->bounded);
	count(d, to->moment.measure, to->s);
	if (from) count(d, -from->moment.measure, -from->s);
	if (!to->exponential) {
		frame f = {(const double *)d->bounds.data + to->bounds, to->bound_count, to->low, to->high, to->s / to->moment.measure};
		return add_explicit(b, d, &f, kept(d, to, 0, to->buckets), from ? kept(d, from, 0, from->buckets) : (counts){0});
	}
	int64_t scale = from && from->scale < to->scale ? from->scale : to->scale;
	return (!from || add_scaled(b, d, from, (int64_t)from->scale - scale, -1)) && add_scaled(b, d, to, (int64_t)to->scale - scale, 1);
}

// alike tells whether the buckets of two snapshots can be taken from each other.
static bool alike(const distribution *d, const snapshot *x, const snapshot *y) {
	if (x->exponential != y->exponential) return false;
	if (x->exponential) return true;
	const double *bounds = d->bounds.data;
	return x->buckets == y->buckets && x->bound_count == y->bound_count &&
	       (!x->bound_count || memcmp(bounds + x->bounds, bounds + y->bounds, x->bound_count * sizeof *bounds) == 0);
}

// settle_series adds what one series counted. The first point says nothing of the group's time unless the one before it is
// known, or the series began after the group's first point. Where it is the only one, all that it has is better than nothing.
static bool settle_series(budget *b, distribution *d, const snapshot *all, const uint64_t *order, uint64_t count) {
	const snapshot *base = all + order[0], *last = base;
	if (!base->moment.before) {
		if (began_after(&base->moment, d->first ? d->first : UNKNOWN_TIME) || (count == 1 && !d->framed)) base = NULL;
	}
	for (uint64_t i = 1; i < count; i++) {
		const snapshot *next = all + order[i];
		if (begins_again(&last->moment, &next->moment) || !alike(d, last, next)) {
			if (last != base && !add_difference(b, d, base, last)) return false;
			base = counts_from_zero(&next->moment) ? NULL : next;
		}
		last = next;
	}
	return last == base || add_difference(b, d, base, last);
}

bool distribution_settle(budget *b, distribution *d) {
	uint64_t count = d->snapshots.count;
	if (!count) return true;
	const snapshot *all = d->snapshots.data;
	uint64_t *order = series_order(b, all, sizeof *all, count);
	if (!order) return false;
	bool ok = true;
	for (uint64_t from = 0, to; ok && from < count; from = to) {
		for (to = from + 1; to < count && all[order[to]].moment.series == all[order[from]].moment.series; to++) {}
		ok = settle_series(b, d, all, order + from, to - from);
	}
	give_back(b, order, count * sizeof *order);
	d->snapshots.count = d->integers.count = d->bounds.count = 0;
	return ok;
}

// ---- states

static bool combine_snapshots(budget *b, distribution *to, const distribution *from) {
	uint64_t integers = to->integers.count, bounds = to->bounds.count;
	int32_t *i = block_add(b, &to->integers, sizeof *i, from->integers.count);
	double *d = i ? block_add(b, &to->bounds, sizeof *d, from->bounds.count) : NULL;
	snapshot *s = d ? block_add(b, &to->snapshots, sizeof *s, from->snapshots.count) : NULL;
	if (!s) return false;
	if (from->integers.count) memcpy(i, from->integers.data, from->integers.count * sizeof *i);
	if (from->bounds.count) memcpy(d, from->bounds.data, from->bounds.count * sizeof *d);
	memcpy(s, from->snapshots.data, from->snapshots.count * sizeof *s);
	for (uint64_t n = 0; n < from->snapshots.count; n++) {
		s[n].integers += integers;
		s[n].bounds += bounds;
	}
	return true;
}

bool distribution_combine(budget *b, distribution *to, const distribution *from) {
	to->framed = to->framed || from->framed;
	if (from->first && (!to->first || from->first < to->first)) to->first = from->first;
	if (from->any) note_point(to, &(point){.type = from->type, .series = from->series, .at = from->last, .since = from->since});
	to->explicit_buckets = to->explicit_buckets || from->explicit_buckets;
	to->exponential_buckets = to->exponential_buckets || from->exponential_buckets;
	count(to, from->sized ? from->n : NAN, from->summed ? from->s : NAN);
	widen(to, from->ranged ? from->low : NAN, from->ranged ? from->high : NAN);
	to->unbounded = to->unbounded || from->unbounded;
	for (uint64_t i = 0; i < from->size; i++)
		if (from->pairs[i].form != FREE_PAIR && !add_pair(b, to, from->pairs[i])) return false;
	if (from->values.count) {
		double *values = block_add(b, &to->values, sizeof *values, from->values.count);
		if (!values) return false;
		memcpy(values, from->values.data, from->values.count * sizeof *values);
	}
	return !from->snapshots.count || combine_snapshots(b, to, from);
}

void distribution_free(budget *b, distribution *d) {
	give_back(b, d->pairs, d->size * sizeof *d->pairs);
	block_free(b, &d->values, sizeof(double));
	block_free(b, &d->snapshots, sizeof(snapshot));
	block_free(b, &d->integers, sizeof(int32_t));
	block_free(b, &d->bounds, sizeof(double));
	*d = (distribution){0};
}

// ---- quantiles

static int compare_doubles(const void *x, const void *y) {
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

// A segment is a pair with its ends worked out.
typedef struct {
	double lo, hi, w;
	bool geometric; // evenly by the logarithm, as exponential buckets are
} segment;

static double exponential_bound(double index, double scale) {
	double e = ldexp(index, scale > 2000 ? -2000 : scale < -2000 ? 2000 : -(int)scale);
	double x = exp2(e);
	return x > DBL_MAX ? DBL_MAX : x;
}

static segment segment_of(const pair *p) {
	if (p->form == LINEAR) return (segment){p->a, p->b, p->w, false};
	double near = exponential_bound(p->a, p->b), far = exponential_bound(p->a + 1, p->b);
	if (p->form == POSITIVE) return (segment){near, far, p->w, near > 0};
	return (segment){-far, -near, p->w, near > 0};
}

// below is the weight of a segment up to x.
static double below(const segment *s, double x) {
	if (x >= s->hi) return s->w;
	if (x <= s->lo) return 0;
	if (s->geometric) return s->w * ((log(fabs(x)) - log(fabs(s->lo))) / (log(fabs(s->hi)) - log(fabs(s->lo))));
	return s->w * (x / 2 - s->lo / 2) / (s->hi / 2 - s->lo / 2);
}

static double all_below(const segment *s, uint64_t count, double x) {
	double w = 0;
	for (uint64_t i = 0; i < count; i++) w += below(s + i, x);
	return w;
}

// between finds where the weight rises by rest, from a to b where no segment begins or ends. It returns b when it does not.
static double between(const segment *s, uint64_t count, double a, double b, double rest) {
	double cover = 0;
	bool geometric = false, linear = false;
	for (uint64_t i = 0; i < count; i++) {
		if (s[i].lo > a || s[i].hi < b || s[i].lo == s[i].hi) continue;
		cover += below(s + i, b) - below(s + i, a);
		geometric = geometric || s[i].geometric;
		linear = linear || !s[i].geometric;
	}
	if (rest >= cover) return b;
	double share = rest / cover;
	if (!geometric) return a + (b - a) * share;
	if (!linear) return copysign(exp(log(fabs(a)) + share * (log(fabs(b)) - log(fabs(a)))), a);
	double base = all_below(s, count, a);
	for (int i = 0; i < 64; i++) { // both: halve
		double middle = a / 2 + b / 2;
		if (middle <= a || middle >= b) break;
		*(all_below(s, count, middle) - base < rest ? &a : &b) = middle;
	}
	return b;
}

static double quantile_of(segment *s, uint64_t count, double *ends, double target) {
	for (uint64_t i = 0; i < count; i++) {
		ends[2 * i] = s[i].lo;
		ends[2 * i + 1] = s[i].hi;
	}
	qsort(ends, 2 * count, sizeof *ends, compare_doubles);
	uint64_t low = 0, high = 2 * count - 1;
	while (low < high) { // the first end with the target's weight below it
		uint64_t middle = low + (high - low) / 2;
		if (all_below(s, count, ends[middle]) >= target) high = middle;
		else low = middle + 1;
	}
	if (low == 0 || ends[low - 1] == ends[low]) return ends[low];
	double a = ends[low - 1];
	return between(s, count, a, ends[low], target - all_below(s, count, a));
}

// nth returns the value that would be at a place were the values sorted. It moves them. Values may be in an order that makes
// every pivot a bad one: after some rounds it sorts what is left.
static double nth(double *values, uint64_t count, uint64_t place) {
	uint64_t low = 0, high = count - 1;
	for (int round = 0; low < high; round++) {
		if (round == 64) {
			qsort(values + low, high - low + 1, sizeof *values, compare_doubles);
			return values[place];
		}
		double pivot = values[low + (high - low) / 2];
		uint64_t i = low, j = high;
		for (;;) {
			while (values[i] < pivot) i++;
			while (values[j] > pivot) j--;
			if (i >= j) break;
			double swap = values[i];
			values[i++] = values[j];
			values[j--] = swap;
		}
		if (place <= j) high = j;
		else low = j + 1;
	}
	return values[low];
}

static double quantile_of_values(const distribution *d, double fraction) {
	double target = ceil(fraction * (double)d->values.count);
	return nth(d->values.data, d->values.count, target > 1 ? (uint64_t)target - 1 : 0);
}

bool distribution_quantile(budget *b, distribution *d, double fraction, double *result) {
	*result = NAN;
	if (!(fraction >= 0 && fraction <= 1)) return true;
	if (!d->used) {
		if (d->values.count) *result = quantile_of_values(d, fraction);
		return true;
	}
	pair *list;
	uint64_t count, bytes, used = 0;
	if (!distribution_list(b, d, &list, &count, &bytes)) return false;
	segment *s = take_zeroed(b, count * sizeof *s);
	double *ends = take_zeroed(b, 2 * count * sizeof *ends), total = 0;
	bool ok = s && ends;
	for (uint64_t i = 0; ok && i < count; i++) {
		s[used] = segment_of(list + i);
		total += s[used++].w;
	}
	if (used) {
		*result = quantile_of(s, used, ends, fraction * total);
		if (!d->unbounded && d->ranged) *result = fmin(fmax(*result, d->low), d->high);
	}
	give_back(b, s, count * sizeof *s);
	give_back(b, ends, 2 * count * sizeof *ends);
	give_back(b, list, bytes);
	return ok;
}

bool distribution_list(budget *b, distribution *d, pair **list, uint64_t *count, uint64_t *bytes) {
	double *values = d->values.data;
	*bytes = (d->used + d->values.count) * sizeof **list;
	*list = take_zeroed(b, *bytes);
	*count = 0;
	if (!*list) return false;
	for (uint64_t i = 0; i < d->size; i++)
		if (d->pairs[i].form != FREE_PAIR && d->pairs[i].w > 0) (*list)[(*count)++] = d->pairs[i];
	if (d->values.count) qsort(values, d->values.count, sizeof *values, compare_doubles);
	for (uint64_t i = 0; i < d->values.count; i++) {
		if (i && values[i] == values[i - 1]) (*list)[*count - 1].w++;
		else (*list)[(*count)++] = (pair){values[i], values[i], 1, LINEAR};
	}
	return true;
}
