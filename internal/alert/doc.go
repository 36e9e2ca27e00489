// Package alert asks questions again and again, and tells people what came of it.
//
// An alert is a statement of SQL, a window of time, a frequency and a rule; package meta keeps it. At each of its times
// (meta.LastSlot) the Service asks the statement about the window that ends there (less the watermark), compares the
// answer with what it remembers (Memory, state.go), and stores the run, the new memory and the messages to deliver in one
// transaction. So a crash loses nothing and tells nothing twice: either all of a run has taken place, or it is still due.
//
// Deliveries are queued in the same database and tried until they succeed or are given up (deliver.go). What a message
// says is made by one function (message.go) from a Notice, for the preview and for every channel.
//
// docs/alerts.md says all of this to users.
package alert
