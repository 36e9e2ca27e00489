// Memory of aggregate states, which DuckDB does not count.
#ifndef HEARTH_MEMORY_H
#define HEARTH_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A budget bounds what all states of one instance hold together. It lives as long as a function refers to it.
typedef struct {
	atomic_llong used;
	long long limit;
	atomic_int owners;
} budget;

budget *budget_new(long long limit, int owners);
void budget_drop(void *b);

// A block is an array that grows. Its zero value is empty.
typedef struct {
	void *data;
	uint64_t count, capacity; // in elements
} block;

// block_add makes room for more elements and returns the first of them, NULL when the budget does not allow it.
void *block_add(budget *b, block *to, size_t element, uint64_t more);
void block_free(budget *b, block *of, size_t element);

// take_zeroed and give_back are for tables.
void *take_zeroed(budget *b, uint64_t bytes);
void give_back(budget *b, void *data, uint64_t bytes);

#endif
