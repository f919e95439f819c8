// Package reply encodes replies in the dialect of a connection.
//
// A command knows its Writer and no dialect: it calls OK, Integer or Value, and
// the Writer appends the bytes. In RESP, no reply costs an interface call, and
// none allocates.
//
// The dialects differ in more than bytes. The line dialect has no array headers,
// and a command may have words of its own there: see Words. RESP needs none.
package reply
