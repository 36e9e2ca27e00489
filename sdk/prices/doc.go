// Package prices knows what calls of language models cost.
//
// The prices are those of the package genai-prices (MIT, see LICENSE.genai-prices), embedded as data.json.gz: providers
// with their models, how a name is recognised as one of them, and prices by kind of token, by size of the input, by date
// and time of day and by service tier. The calculation is that package's too, and testdata/goldens.json.gz holds what it
// answers for some hundred calls. An operator's own prices come from a file (Options.File) and go first.
//
// A Table never changes: the same call has the same cost as long as the table is the same. Money is counted in whole
// nano-dollars, rounded once.
//
// Importing the package costs nothing: the embedded prices are read at the first [Open], in some 20 ms. It imports nothing
// of ours.
package prices

//go:generate sh gen/generate.sh
