// What is needed of DuckDB's C API: the parts of duckdb.h that are stable since its version 1.2. The header itself lies in
// the bindings' module, where cgo finds it from no other package.
#ifndef HEARTH_CAPI_H
#define HEARTH_CAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t idx_t;
typedef struct { uint64_t offset, length; } duckdb_list_entry;
typedef enum { DuckDBSuccess = 0, DuckDBError = 1 } duckdb_state;

typedef struct capi_connection *duckdb_connection;
typedef struct capi_logical_type *duckdb_logical_type;
typedef struct capi_vector *duckdb_vector;
typedef struct capi_data_chunk *duckdb_data_chunk;
typedef struct capi_function_info *duckdb_function_info;
typedef struct capi_aggregate_function *duckdb_aggregate_function;
typedef struct capi_aggregate_function_set *duckdb_aggregate_function_set;
typedef struct capi_aggregate_state *duckdb_aggregate_state;

typedef void (*duckdb_delete_callback_t)(void *);
typedef idx_t (*duckdb_aggregate_state_size)(duckdb_function_info);
typedef void (*duckdb_aggregate_init_t)(duckdb_function_info, duckdb_aggregate_state);
typedef void (*duckdb_aggregate_destroy_t)(duckdb_aggregate_state *, idx_t);
typedef void (*duckdb_aggregate_update_t)(duckdb_function_info, duckdb_data_chunk, duckdb_aggregate_state *);
typedef void (*duckdb_aggregate_combine_t)(duckdb_function_info, duckdb_aggregate_state *, duckdb_aggregate_state *, idx_t);
typedef void (*duckdb_aggregate_finalize_t)(duckdb_function_info, duckdb_aggregate_state *, duckdb_vector, idx_t, idx_t);

duckdb_aggregate_function duckdb_create_aggregate_function(void);
void duckdb_destroy_aggregate_function(duckdb_aggregate_function *);
void duckdb_aggregate_function_set_name(duckdb_aggregate_function, const char *);
void duckdb_aggregate_function_add_parameter(duckdb_aggregate_function, duckdb_logical_type);
void duckdb_aggregate_function_set_return_type(duckdb_aggregate_function, duckdb_logical_type);
void duckdb_aggregate_function_set_functions(duckdb_aggregate_function, duckdb_aggregate_state_size, duckdb_aggregate_init_t,
                                             duckdb_aggregate_update_t, duckdb_aggregate_combine_t, duckdb_aggregate_finalize_t);
void duckdb_aggregate_function_set_destructor(duckdb_aggregate_function, duckdb_aggregate_destroy_t);
void duckdb_aggregate_function_set_special_handling(duckdb_aggregate_function);
void duckdb_aggregate_function_set_extra_info(duckdb_aggregate_function, void *, duckdb_delete_callback_t);
void *duckdb_aggregate_function_get_extra_info(duckdb_function_info);
void duckdb_aggregate_function_set_error(duckdb_function_info, const char *);
duckdb_aggregate_function_set duckdb_create_aggregate_function_set(const char *);
void duckdb_destroy_aggregate_function_set(duckdb_aggregate_function_set *);
duckdb_state duckdb_add_aggregate_function_to_set(duckdb_aggregate_function_set, duckdb_aggregate_function);
duckdb_state duckdb_register_aggregate_function_set(duckdb_connection, duckdb_aggregate_function_set);

idx_t duckdb_data_chunk_get_size(duckdb_data_chunk);
idx_t duckdb_data_chunk_get_column_count(duckdb_data_chunk);
duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk, idx_t);
void *duckdb_vector_get_data(duckdb_vector);
uint64_t *duckdb_vector_get_validity(duckdb_vector);
void duckdb_vector_ensure_validity_writable(duckdb_vector);
duckdb_vector duckdb_struct_vector_get_child(duckdb_vector, idx_t);
duckdb_vector duckdb_list_vector_get_child(duckdb_vector);
idx_t duckdb_list_vector_get_size(duckdb_vector);
duckdb_state duckdb_list_vector_set_size(duckdb_vector, idx_t);
duckdb_state duckdb_list_vector_reserve(duckdb_vector, idx_t);

#endif
