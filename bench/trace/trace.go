// Package trace reads recorded requests of caches, a request at a time, so that a trace of any length takes little
// memory. It imports nothing of the project.
//
// Open finds out by the content how a file is compressed (gzip, xz, zstd or not at all) and in which of the Formats it is.
// What a trace has that a Request cannot say becomes the nearest that it can, or is left out; Changes says how often.
package trace

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Op is what a request does.
type Op uint8

// The operations.
const (
	Get    Op = iota // read a value
	Set              // store a value
	Delete           // remove a key
	Incr             // add to a counter
	Touch            // give a key a new time to live
)

var opNames = [...]string{"get", "set", "delete", "incr", "touch"}

func (o Op) String() string { return opNames[o] }

// Request is one recorded request.
type Request struct {
	Time time.Duration // since the trace's first request, and never before the request that came before; 0 if there are no times
	Key  []byte        // not empty; valid until the next request is read
	Size int64         // of the value in bytes; -1 if the trace does not say
	Op   Op
	TTL  time.Duration // of a Set or Touch; 0: none
}

// Change says what about the trace's requests was changed or left out.
type Change struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
}

// Reader reads a trace. It belongs to one goroutine.
type Reader struct {
	format  Format
	source  source
	close   []func() error
	changes map[string]int64
	last    time.Duration
	err     error
}

// source reads the requests of one format. next overwrites all of q, with a Time that may be before the last one, and
// returns io.EOF at the end.
type source interface {
	next(q *Request) error
}

// NewReader reads a trace that is not compressed, of the format with the given name; "" finds out which it is.
func NewReader(in io.Reader, format string) (*Reader, error) {
	r := &Reader{changes: map[string]int64{}}
	return r, r.begin(in, format)
}

// Next reads the next request into q. It returns false at the end and after an error, which Err returns.
func (r *Reader) Next(q *Request) bool {
	if r.err != nil {
		return false
	}
	if r.err = r.source.next(q); r.err != nil {
		return false
	}
	if q.Time < r.last {
		r.changed("times before that of the request before, taken for that")
		q.Time = r.last
	}
	r.last = q.Time
	return true
}

// Err is the error that ended the trace early, nil at its end. It names the line or the offset.
func (r *Reader) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

// Format is the format of the trace.
func (r *Reader) Format() Format { return r.format }

// Changes says what was changed or left out up to here, the most frequent first.
func (r *Reader) Changes() (all []Change) {
	for _, what := range slices.Sorted(maps.Keys(r.changes)) {
		all = append(all, Change{what, r.changes[what]})
	}
	slices.SortStableFunc(all, func(a, b Change) int { return int(min(1, max(-1, b.Count-a.Count))) })
	return all
}

// Close closes the file. It does not close what NewReader was given.
func (r *Reader) Close() error {
	var errs []error
	for _, f := range slices.Backward(r.close) {
		errs = append(errs, f())
	}
	r.close = nil
	return errors.Join(errs...)
}

// mostChanges is how many sorts of changes are counted apart. A trace may hold any number of words.
const mostChanges = 50

// changed counts a change.
func (r *Reader) changed(what string) {
	if _, ok := r.changes[what]; !ok {
		if len(r.changes) >= mostChanges {
			what = "others left out"
		}
		what = strings.Clone(what)
	}
	r.changes[what]++
}
