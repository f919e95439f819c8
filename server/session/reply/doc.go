// Package reply puts what a command answers into the dialect of its connection.
//
// A command knows its Writer and no dialect: it says OK, Integer or Value, and
// the Writer appends the bytes. The style is a number that each method looks at
// once, so that no reply costs an interface call, and none allocates.
//
// The styles differ in more than bytes. The line dialect has no array headers,
// and a command may have words of its own there: see Words. RESP needs none.
package reply
