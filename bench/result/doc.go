// Package result holds what was measured: the form in which it is written to files, read again,
// compared, and shown as tables.
//
// Times are nanoseconds, sizes bytes, rates a second, unless a name says otherwise.
package result
