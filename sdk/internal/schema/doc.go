// Package schema rewrites JSON Schemas into the subsets that providers of models accept. The order of keys is kept: models
// write an object's properties in the order in which its schema names them.
package schema
