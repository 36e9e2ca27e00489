// Package examples holds programs that show the SDK at work, one folder each. They are a module of their own, so that what they
// need does not become a requirement of those who use the SDK. All of them run without a network and without a key; where they
// can do more with one, their first comment says so.
package examples
