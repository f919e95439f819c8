// Package result holds measurements: their model, and how they are written to files, read,
// compared and shown as tables.
//
// Times are nanoseconds, sizes bytes, rates a second, unless a name says otherwise.
package result
