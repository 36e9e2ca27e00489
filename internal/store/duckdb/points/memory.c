#include "memory.h"

#include <stdlib.h>

budget *budget_new(long long limit, int owners) {
	budget *b = calloc(1, sizeof *b);
	if (b) {
		b->limit = limit;
		atomic_store(&b->owners, owners);
	}
	return b;
}

void budget_drop(void *b) {
	if (atomic_fetch_sub(&((budget *)b)->owners, 1) == 1) free(b);
}

static bool take(budget *b, uint64_t bytes) {
	if (bytes > (uint64_t)b->limit) return false;
	if (atomic_fetch_add(&b->used, (long long)bytes) + (long long)bytes <= b->limit) return true;
	atomic_fetch_sub(&b->used, (long long)bytes);
	return false;
}

void *take_zeroed(budget *b, uint64_t bytes) {
	if (!take(b, bytes)) return NULL;
	void *data = calloc(1, bytes ? bytes : 1);
	if (!data) atomic_fetch_sub(&b->used, (long long)bytes);
	return data;
}

void give_back(budget *b, void *data, uint64_t bytes) {
	if (!data) return;
	free(data);
	atomic_fetch_sub(&b->used, (long long)bytes);
}

void *block_add(budget *b, block *to, size_t element, uint64_t more) {
	if (!to->data || to->count + more > to->capacity) {
		uint64_t capacity = to->capacity ? to->capacity * 2 : 4;
		if (capacity < to->count + more) capacity = to->count + more;
		uint64_t bytes = (capacity - to->capacity) * element;
		if (!take(b, bytes)) return NULL;
		void *data = realloc(to->data, capacity * element);
		if (!data) {
			atomic_fetch_sub(&b->used, (long long)bytes);
			return NULL;
		}
		to->data = data;
		to->capacity = capacity;
	}
	void *at = (char *)to->data + to->count * element;
	to->count += more;
	return at;
}

void block_free(budget *b, block *of, size_t element) {
	give_back(b, of->data, of->capacity * element);
	*of = (block){0};
}
