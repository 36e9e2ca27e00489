// Package provider holds what the models of all providers do in the same way: which tools a request offers, how arguments
// and results of tools are written, and what a provider's refusal looks like.
package provider
