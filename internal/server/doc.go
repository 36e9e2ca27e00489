// Package server wires Hearth together: it opens what is on disk, starts what listens, and stops both in the order in
// which nothing acknowledged is lost.
package server
