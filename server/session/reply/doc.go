// Package reply encodes replies in the dialect of a connection.
//
// A command knows its Writer and no dialect: it calls OK, Integer or Value, and
// the Writer appends the bytes. Each method branches once on the style, a number,
// so no reply costs an interface call, and none allocates.
//
// The styles differ in more than bytes. The line dialect has no array headers,
// and a command may have words of its own there: see Words. RESP needs none.
package reply
