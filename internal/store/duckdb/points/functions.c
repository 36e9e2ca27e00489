// The aggregates as DuckDB calls them.
#include "functions.h"

#include <math.h>
#include <string.h>

#include "distribution.h"
#include "increase.h"

// A state of metric_increase and metric_rate, and one of metric_quantile and metric_merge. Zeroed is empty.
typedef struct {
	budget *budget;
	increase of;
} increase_state;

typedef struct {
	budget *budget;
	distribution of;
	double fraction;
	bool asked; // fraction is known
} distribution_state;

static const char too_much[] = "the metric functions need more memory than there is for them: choose a shorter time, fewer series, or larger groups";
static const char mixed[] = "explicit and exponential histograms cannot be merged: group by metric_type too";

static budget *budget_of(duckdb_function_info info) { return duckdb_aggregate_function_get_extra_info(info); }

static idx_t increase_size(duckdb_function_info info) { return (void)info, sizeof(increase_state); }
static idx_t distribution_size(duckdb_function_info info) { return (void)info, sizeof(distribution_state); }

static void increase_init(duckdb_function_info info, duckdb_aggregate_state state) {
	increase_state *s = (increase_state *)state;
	*s = (increase_state){.budget = budget_of(info)};
}

static void distribution_init(duckdb_function_info info, duckdb_aggregate_state state) {
	distribution_state *s = (distribution_state *)state;
	*s = (distribution_state){.budget = budget_of(info)};
}

static void increase_destroy(duckdb_aggregate_state *states, idx_t count) {
	for (idx_t i = 0; i < count; i++) increase_free(((increase_state *)states[i])->budget, &((increase_state *)states[i])->of);
}

static void distribution_destroy(duckdb_aggregate_state *states, idx_t count) {
	for (idx_t i = 0; i < count; i++) distribution_free(((distribution_state *)states[i])->budget, &((distribution_state *)states[i])->of);
}

// A frame is the two columns that a statement may give beside the values: the value before each, and the time of the first of all.
typedef struct {
	bool given;
	points before;
	vector first;
} frame;

static vector open_column(duckdb_data_chunk chunk, idx_t column) {
	duckdb_vector v = duckdb_data_chunk_get_vector(chunk, column);
	return (vector){duckdb_vector_get_data(v), duckdb_vector_get_validity(v)};
}

static void frame_open(frame *f, duckdb_data_chunk chunk, idx_t column) {
	f->given = duckdb_data_chunk_get_column_count(chunk) > column;
	if (!f->given) return;
	points_open(&f->before, duckdb_data_chunk_get_vector(chunk, column));
	f->first = open_column(chunk, column + 1);
}

// frame_first tells a state of the first moment, where the statement knows it.
static void frame_first(const frame *f, idx_t row, bool *framed, int64_t *first) {
	if (f->given && !*framed) *first = 0;
	*framed = *framed || f->given;
	if (f->given && is_valid(f->first.valid, row)) *first = ((const int64_t *)f->first.data)[row];
}

// lf_metric_increase(value) and (value, value before, first moment)
static void increase_update(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_aggregate_state *states) {
	points values;
	frame f = {0};
	points_open(&values, duckdb_data_chunk_get_vector(chunk, 0));
	frame_open(&f, chunk, 1);
	for (idx_t row = 0, rows = duckdb_data_chunk_get_size(chunk); row < rows; row++) {
		increase_state *s = (increase_state *)states[row];
		point p;
		if (!points_read(&values, row, &p)) continue;
		frame_first(&f, row, &s->of.framed, &s->of.first);
		bool ok = increase_add(s->budget, &s->of, &p, false);
		if (ok && f.given && points_read(&f.before, row, &p)) ok = increase_add(s->budget, &s->of, &p, true);
		if (!ok) return duckdb_aggregate_function_set_error(info, too_much);
	}
}

static void increase_merge(duckdb_function_info info, duckdb_aggregate_state *from, duckdb_aggregate_state *to, idx_t count) {
	for (idx_t i = 0; i < count; i++) {
		increase_state *s = (increase_state *)to[i];
		if (!increase_combine(s->budget, &s->of, &((increase_state *)from[i])->of)) return duckdb_aggregate_function_set_error(info, too_much);
	}
}

static void set_null(duckdb_vector v, idx_t row) {
	duckdb_vector_ensure_validity_writable(v);
	duckdb_vector_get_validity(v)[row / 64] &= ~((uint64_t)1 << row % 64);
}

static void put_double(duckdb_vector v, idx_t row, double x) {
	if (isnan(x)) set_null(v, row);
	else ((double *)duckdb_vector_get_data(v))[row] = x;
}

static void put_increases(duckdb_function_info info, duckdb_aggregate_state *states, duckdb_vector result, idx_t count, idx_t offset, bool rate) {
	for (idx_t i = 0; i < count; i++) {
		increase_state *s = (increase_state *)states[i];
		double total, seconds;
		if (!increase_total(s->budget, &s->of, &total, &seconds)) return duckdb_aggregate_function_set_error(info, too_much);
		put_double(result, offset + i, rate ? total / seconds : total);
	}
}

static void increase_finalize(duckdb_function_info info, duckdb_aggregate_state *states, duckdb_vector result, idx_t count, idx_t offset) {
	put_increases(info, states, result, count, offset, false);
}

static void rate_finalize(duckdb_function_info info, duckdb_aggregate_state *states, duckdb_vector result, idx_t count, idx_t offset) {
	put_increases(info, states, result, count, offset, true);
}

// lf_metric_quantile(fraction, value) and (fraction, value, value before, first moment)
// lf_metric_merge(value) and (value, value before, first moment)
static void distribution_update(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_aggregate_state *states, bool quantile) {
	points values;
	frame f = {0};
	vector fraction = {0};
	points_open(&values, duckdb_data_chunk_get_vector(chunk, quantile));
	frame_open(&f, chunk, quantile + 1);
	if (quantile) fraction = open_column(chunk, 0);
	for (idx_t row = 0, rows = duckdb_data_chunk_get_size(chunk); row < rows; row++) {
		distribution_state *s = (distribution_state *)states[row];
		if (quantile && !s->asked) {
			s->asked = true;
			s->fraction = is_valid(fraction.valid, row) ? ((const double *)fraction.data)[row] : NAN;
		}
		point p;
		if (!points_read(&values, row, &p)) continue;
		frame_first(&f, row, &s->of.framed, &s->of.first);
		bool ok = distribution_add(s->budget, &s->of, &values, &p, false);
		if (ok && f.given && points_read(&f.before, row, &p)) ok = distribution_add(s->budget, &s->of, &f.before, &p, true);
		if (!ok) return duckdb_aggregate_function_set_error(info, too_much);
	}
}

static void quantile_update(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_aggregate_state *states) {
	distribution_update(info, chunk, states, true);
}

static void merge_update(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_aggregate_state *states) {
	distribution_update(info, chunk, states, false);
}

static void distribution_merge(duckdb_function_info info, duckdb_aggregate_state *from, duckdb_aggregate_state *to, idx_t count) {
	for (idx_t i = 0; i < count; i++) {
		distribution_state *s = (distribution_state *)to[i], *f = (distribution_state *)from[i];
		if (f->asked) {
			s->asked = true;
			s->fraction = f->fraction;
		}
		if (!distribution_combine(s->budget, &s->of, &f->of)) return duckdb_aggregate_function_set_error(info, too_much);
	}
}

// settled makes a state ready to be read, or reports an error.
static bool settled(duckdb_function_info info, distribution_state *s) {
	if (distribution_mixed(&s->of)) return duckdb_aggregate_function_set_error(info, mixed), false;
	if (!distribution_settle(s->budget, &s->of)) return duckdb_aggregate_function_set_error(info, too_much), false;
	return true;
}

static void quantile_finalize(duckdb_function_info info, duckdb_aggregate_state *states, duckdb_vector result, idx_t count, idx_t offset) {
	for (idx_t i = 0; i < count; i++) {
		distribution_state *s = (distribution_state *)states[i];
		double x;
		if (!settled(info, s)) return;
		if (!distribution_quantile(s->budget, &s->of, s->fraction, &x)) return duckdb_aggregate_function_set_error(info, too_much);
		put_double(result, offset + i, x);
	}
}

static void *field(duckdb_vector v, enum field f) { return duckdb_vector_get_data(duckdb_struct_vector_get_child(v, f)); }

static void put_pairs(duckdb_vector list, idx_t row, const pair *pairs, uint64_t count) {
	idx_t at = duckdb_list_vector_get_size(list);
	duckdb_list_vector_reserve(list, at + count);
	duckdb_vector items = duckdb_list_vector_get_child(list);
	double *a = duckdb_vector_get_data(duckdb_struct_vector_get_child(items, PAIR_A));
	double *b = duckdb_vector_get_data(duckdb_struct_vector_get_child(items, PAIR_B));
	double *w = duckdb_vector_get_data(duckdb_struct_vector_get_child(items, PAIR_W));
	int8_t *form = duckdb_vector_get_data(duckdb_struct_vector_get_child(items, PAIR_F));
	for (uint64_t i = 0; i < count; i++) {
		a[at + i] = pairs[i].a;
		b[at + i] = pairs[i].b;
		w[at + i] = pairs[i].w;
		form[at + i] = pairs[i].form;
	}
	duckdb_list_vector_set_size(list, at + count);
	((duckdb_list_entry *)duckdb_vector_get_data(list))[row] = (duckdb_list_entry){at, count};
}

// put_merged writes a merged value: everything of it is NULL but what follows.
static void put_merged(duckdb_vector to, idx_t row, const distribution *d, const pair *pairs, uint64_t count) {
	for (int f = 0; f < FIELDS; f++) {
		switch (f) {
		case FIELD_T: case FIELD_C: case FIELD_K: case FIELD_TS: case FIELD_MM: case FIELD_PW:
			continue;
		case FIELD_ST:
			if (d->since != UNKNOWN_TIME) continue;
			break;
		case FIELD_N: case FIELD_S: case FIELD_MN: case FIELD_MX:
			if (f == FIELD_N ? d->sized : f == FIELD_S ? d->summed : d->ranged) continue;
		}
		set_null(duckdb_struct_vector_get_child(to, f), row);
	}
	((int8_t *)field(to, FIELD_T))[row] = d->type;
	((int8_t *)field(to, FIELD_C))[row] = ADDS;
	((uint64_t *)field(to, FIELD_K))[row] = d->series;
	((int64_t *)field(to, FIELD_TS))[row] = d->last;
	((int64_t *)field(to, FIELD_ST))[row] = d->since;
	((int64_t *)field(to, FIELD_N))[row] = (int64_t)fmin(d->n, 9e18);
	((double *)field(to, FIELD_S))[row] = d->s;
	((double *)field(to, FIELD_MN))[row] = d->low;
	((double *)field(to, FIELD_MX))[row] = d->high;
	((bool *)field(to, FIELD_MM))[row] = d->ranged && !d->unbounded;
	put_pairs(duckdb_struct_vector_get_child(to, FIELD_PW), row, pairs, count);
}

static void merge_finalize(duckdb_function_info info, duckdb_aggregate_state *states, duckdb_vector result, idx_t count, idx_t offset) {
	for (idx_t i = 0; i < count; i++) {
		distribution_state *s = (distribution_state *)states[i];
		pair *pairs;
		uint64_t pair_count, bytes;
		if (!settled(info, s)) return;
		if (!s->of.any) {
			set_null(result, offset + i);
			for (int f = 0; f < FIELDS; f++) set_null(duckdb_struct_vector_get_child(result, f), offset + i);
			continue;
		}
		if (!distribution_list(s->budget, &s->of, &pairs, &pair_count, &bytes)) return duckdb_aggregate_function_set_error(info, too_much);
		put_merged(result, offset + i, &s->of, pairs, pair_count);
		give_back(s->budget, pairs, bytes);
	}
}

// An aggregate with its overloads: parameters without and with the point before.
typedef struct {
	const char *name;
	const char *parameters[2]; // v value, d double, t time
	bool merged;               // the result is a value, not a double
	duckdb_aggregate_state_size size;
	duckdb_aggregate_init_t init;
	duckdb_aggregate_update_t update;
	duckdb_aggregate_combine_t combine;
	duckdb_aggregate_finalize_t finalize;
	duckdb_aggregate_destroy_t destroy;
} aggregate;

static const aggregate aggregates[] = {
	{"lf_metric_increase", {"v", "vvt"}, false, increase_size, increase_init, increase_update, increase_merge, increase_finalize, increase_destroy},
	{"lf_metric_rate", {"v", "vvt"}, false, increase_size, increase_init, increase_update, increase_merge, rate_finalize, increase_destroy},
	{"lf_metric_quantile", {"dv", "dvvt"}, false, distribution_size, distribution_init, quantile_update, distribution_merge, quantile_finalize, distribution_destroy},
	{"lf_metric_merge", {"v", "vvt"}, true, distribution_size, distribution_init, merge_update, distribution_merge, merge_finalize, distribution_destroy},
};

enum { AGGREGATES = sizeof aggregates / sizeof *aggregates, OVERLOADS = 2 };

static duckdb_aggregate_function make(const aggregate *a, const char *parameters, const types *t, budget *b) {
	duckdb_aggregate_function f = duckdb_create_aggregate_function();
	duckdb_aggregate_function_set_name(f, a->name);
	for (; *parameters; parameters++)
		duckdb_aggregate_function_add_parameter(f, *parameters == 'v' ? t->value : *parameters == 'd' ? t->number : t->time);
	duckdb_aggregate_function_set_return_type(f, a->merged ? t->value : t->number);
	duckdb_aggregate_function_set_functions(f, a->size, a->init, a->update, a->combine, a->finalize);
	duckdb_aggregate_function_set_destructor(f, a->destroy);
	duckdb_aggregate_function_set_special_handling(f);
	duckdb_aggregate_function_set_extra_info(f, b, budget_drop);
	return f;
}

bool register_functions(duckdb_connection c, types t, long long memory) {
	budget *b = budget_new(memory, AGGREGATES * OVERLOADS);
	bool ok = b;
	for (int i = 0; b && i < AGGREGATES; i++) {
		duckdb_aggregate_function_set set = duckdb_create_aggregate_function_set(aggregates[i].name);
		for (int o = 0; o < OVERLOADS; o++) {
			duckdb_aggregate_function f = make(aggregates + i, aggregates[i].parameters[o], &t, b);
			ok = duckdb_add_aggregate_function_to_set(set, f) == DuckDBSuccess && ok;
			duckdb_destroy_aggregate_function(&f);
		}
		ok = duckdb_register_aggregate_function_set(c, set) == DuckDBSuccess && ok;
		duckdb_destroy_aggregate_function_set(&set);
	}
	return ok;
}
