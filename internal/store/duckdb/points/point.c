#include "point.h"

#include <math.h>

static vector open_vector(duckdb_vector v) { return (vector){duckdb_vector_get_data(v), duckdb_vector_get_validity(v)}; }

void points_open(points *p, duckdb_vector v) {
	p->valid = duckdb_vector_get_validity(v);
	for (int i = 0; i < FIELDS; i++) {
		duckdb_vector child = duckdb_struct_vector_get_child(v, i);
		p->fields[i] = open_vector(child);
		switch (i) {
		case FIELD_BC: case FIELD_EB: case FIELD_PC: case FIELD_NC:
			p->items[i] = open_vector(duckdb_list_vector_get_child(child));
			break;
		case FIELD_PW:
			child = duckdb_list_vector_get_child(child);
			for (int f = PAIR_A; f <= PAIR_F; f++) p->pairs[f] = open_vector(duckdb_struct_vector_get_child(child, f));
		}
	}
}

static bool has(const points *p, enum field f, idx_t row) { return is_valid(p->fields[f].valid, row); }

static double number(const points *p, enum field f, idx_t row) {
	return has(p, f, row) ? ((const double *)p->fields[f].data)[row] : NAN;
}

static int32_t integer(const points *p, enum field f, idx_t row) {
	return has(p, f, row) ? ((const int32_t *)p->fields[f].data)[row] : 0;
}

static int64_t moment(const points *p, enum field f, idx_t row) {
	return has(p, f, row) ? ((const int64_t *)p->fields[f].data)[row] : UNKNOWN_TIME;
}

static counts list(const points *p, enum field f, idx_t row) {
	if (!has(p, f, row)) return (counts){0};
	duckdb_list_entry e = ((const duckdb_list_entry *)p->fields[f].data)[row];
	return (counts){(const int32_t *)p->items[f].data + e.offset, e.length};
}

bool points_read(const points *p, idx_t row, point *to) {
	if (!is_valid(p->valid, row) || !has(p, FIELD_T, row) || !has(p, FIELD_C, row)) return false;
	*to = (point){
		.type = ((const int8_t *)p->fields[FIELD_T].data)[row], .course = ((const int8_t *)p->fields[FIELD_C].data)[row],
		.series = has(p, FIELD_K, row) ? ((const uint64_t *)p->fields[FIELD_K].data)[row] : 0,
		.at = moment(p, FIELD_TS, row), .since = moment(p, FIELD_ST, row),
		.x = number(p, FIELD_X, row), .s = number(p, FIELD_S, row), .low = number(p, FIELD_MN, row), .high = number(p, FIELD_MX, row),
		.n = has(p, FIELD_N, row) ? (double)((const int64_t *)p->fields[FIELD_N].data)[row] : NAN,
		.bounded = has(p, FIELD_MM, row) && ((const bool *)p->fields[FIELD_MM].data)[row],
		.buckets = list(p, FIELD_BC, row), .positive = list(p, FIELD_PC, row), .negative = list(p, FIELD_NC, row),
		.scale = integer(p, FIELD_SCALE, row), .zero_count = integer(p, FIELD_ZC, row), .zero_threshold = number(p, FIELD_ZT, row),
		.positive_offset = integer(p, FIELD_PO, row), .negative_offset = integer(p, FIELD_NO, row),
	};
	if (has(p, FIELD_EB, row)) {
		duckdb_list_entry e = ((const duckdb_list_entry *)p->fields[FIELD_EB].data)[row];
		to->bounds = (const double *)p->items[FIELD_EB].data + e.offset;
		to->bound_count = e.length;
	}
	if (has(p, FIELD_PW, row)) {
		duckdb_list_entry e = ((const duckdb_list_entry *)p->fields[FIELD_PW].data)[row];
		to->pair_offset = e.offset;
		to->pair_count = e.length;
	}
	return true;
}

pair points_pair(const points *p, uint64_t at) {
	return (pair){((const double *)p->pairs[PAIR_A].data)[at], ((const double *)p->pairs[PAIR_B].data)[at],
	              ((const double *)p->pairs[PAIR_W].data)[at], ((const int8_t *)p->pairs[PAIR_F].data)[at]};
}
