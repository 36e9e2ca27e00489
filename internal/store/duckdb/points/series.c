#include "series.h"

#include <string.h>

bool counts_from_zero(const moment_of_series *m) { return m->since == UNKNOWN_TIME || m->since < m->at; }

bool began_after(const moment_of_series *first, int64_t moment) {
	return first->since != UNKNOWN_TIME && moment != UNKNOWN_TIME && first->since >= moment && counts_from_zero(first);
}

bool begins_again(const moment_of_series *before, const moment_of_series *after) {
	if (!after->grows) return false;
	if (after->measure < before->measure) return true;
	return after->since != UNKNOWN_TIME && before->since != UNKNOWN_TIME && after->since > before->since && after->since >= before->at;
}

typedef struct {
	const char *points;
	size_t element;
} pile;

static const moment_of_series *at(pile p, uint64_t i) { return (const moment_of_series *)(p.points + i * p.element); }

static bool earlier(pile p, uint64_t a, uint64_t b) {
	const moment_of_series *x = at(p, a), *y = at(p, b);
	if (x->at != y->at) return x->at < y->at;
	return x->measure < y->measure;
}

// merge_sort sorts places by time; spare is as long.
static void merge_sort(pile p, uint64_t *places, uint64_t *spare, uint64_t count) {
	if (count < 2) return;
	uint64_t half = count / 2;
	merge_sort(p, places, spare, half);
	merge_sort(p, places + half, spare, count - half);
	if (!earlier(p, places[half], places[half - 1])) return;
	memcpy(spare, places, half * sizeof *places);
	uint64_t left = 0, right = half, to = 0;
	while (left < half && right < count)
		places[to++] = earlier(p, places[right], spare[left]) ? places[right++] : spare[left++];
	memcpy(places + to, spare + left, (half - left) * sizeof *places);
}

// A slot counts the points of a series, and then says where its next point goes.
typedef struct {
	uint64_t series, count;
} slot;

static slot *find(slot *slots, uint64_t mask, uint64_t series) {
	uint64_t i = series * 0x9E3779B97F4A7C15u >> 17 & mask;
	while (slots[i].count && slots[i].series != series) i = (i + 1) & mask;
	return slots + i;
}

uint64_t *series_order(budget *b, const void *points, size_t element, uint64_t count) {
	pile p = {points, element};
	uint64_t size = 16;
	while (size < count * 2) size *= 2;
	uint64_t *order = take_zeroed(b, count * sizeof *order), *spare = take_zeroed(b, count * sizeof *spare);
	slot *slots = take_zeroed(b, size * sizeof *slots);
	if (!order || !spare || !slots) {
		give_back(b, order, count * sizeof *order);
		order = NULL;
	} else {
		for (uint64_t i = 0; i < count; i++) {
			slot *s = find(slots, size - 1, at(p, i)->series);
			s->series = at(p, i)->series;
			s->count++;
		}
		uint64_t next = 0;
		for (uint64_t i = 0; i < size; i++) {
			uint64_t n = slots[i].count;
			if (n) slots[i].count = next + 1; // one more, so that it stays taken
			next += n;
		}
		for (uint64_t i = 0; i < count; i++) order[find(slots, size - 1, at(p, i)->series)->count++ - 1] = i;
		for (uint64_t from = 0, to; from < count; from = to) {
			for (to = from + 1; to < count && at(p, order[to])->series == at(p, order[from])->series; to++) {}
			merge_sort(p, order + from, spare, to - from);
		}
	}
	give_back(b, spare, count * sizeof *spare);
	give_back(b, slots, size * sizeof *slots);
	return order;
}
