#include "increase.h"

#include <math.h>
#include <string.h>

// A point of a cumulative series.
typedef struct {
	moment_of_series moment;
	double x;
} step;

static void cover(increase *i, int64_t from, int64_t to) {
	if (from == UNKNOWN_TIME || to == UNKNOWN_TIME) return;
	if (!i->timed || from < i->begin) i->begin = from;
	if (!i->timed || to > i->end) i->end = to;
	i->timed = true;
}

static bool keep(budget *b, increase *i, const point *p, double x, bool before) {
	double measure = p->type >= HISTOGRAM ? p->n : x;
	step *to = block_add(b, &i->steps, sizeof *to, 1);
	if (!to) return false;
	*to = (step){{p->series, p->at, p->since, isnan(measure) ? 0 : measure, p->course == GROWS, before}, x};
	return true;
}

bool increase_add(budget *b, increase *i, const point *p, bool before) {
	double x = p->type >= HISTOGRAM || isnan(p->x) ? p->s : p->x;
	if (!isfinite(x)) return true;
	if (before) return p->course == ADDS || keep(b, i, p, x, true);
	if (!i->framed && p->at != UNKNOWN_TIME && (i->first == 0 || p->at < i->first)) i->first = p->at;
	if (p->course != ADDS) return keep(b, i, p, x, false);
	i->sum += x;
	i->any = true;
	cover(i, p->since == UNKNOWN_TIME ? p->at : p->since, p->at);
	return true;
}

bool increase_combine(budget *b, increase *to, const increase *from) {
	if (from->steps.count) {
		step *steps = block_add(b, &to->steps, sizeof *steps, from->steps.count);
		if (!steps) return false;
		memcpy(steps, from->steps.data, from->steps.count * sizeof *steps);
	}
	to->sum += from->sum;
	to->any = to->any || from->any;
	to->framed = to->framed || from->framed;
	if (from->timed) cover(to, from->begin, from->end);
	if (from->first && (!to->first || from->first < to->first)) to->first = from->first;
	return true;
}

// series_total adds up one series: what its points in their order added each.
static double series_total(increase *i, const step *all, const uint64_t *order, uint64_t count) {
	const step *last = all + order[0];
	double total = 0;
	int64_t begin = last->moment.at;
	if (!last->moment.before && last->moment.grows && began_after(&last->moment, i->first ? i->first : UNKNOWN_TIME)) {
		total = last->x;
		begin = last->moment.since;
		i->any = true;
	}
	i->any = i->any || count > 1;
	for (uint64_t n = 1; n < count; n++) {
		const step *next = all + order[n];
		if (!begins_again(&last->moment, &next->moment)) total += next->x - last->x;
		else if (counts_from_zero(&next->moment)) total += next->x;
		last = next;
	}
	cover(i, begin, last->moment.at);
	return total;
}

bool increase_total(budget *b, const increase *i, double *total, double *seconds) {
	*total = *seconds = NAN;
	increase covered = *i; // what it says of the whole is changed, its points are not
	double sum = i->sum;
	uint64_t count = i->steps.count;
	if (count) {
		const step *all = i->steps.data;
		uint64_t *order = series_order(b, all, sizeof *all, count);
		if (!order) return false;
		for (uint64_t from = 0, to; from < count; from = to) {
			for (to = from + 1; to < count && all[order[to]].moment.series == all[order[from]].moment.series; to++) {}
			sum += series_total(&covered, all, order + from, to - from);
		}
		give_back(b, order, count * sizeof *order);
	}
	if (!covered.any) return true;
	*total = sum;
	if (covered.timed && covered.end > covered.begin) *seconds = (double)covered.end / 1e6 - (double)covered.begin / 1e6;
	return true;
}

void increase_free(budget *b, increase *i) { block_free(b, &i->steps, sizeof(step)); }
