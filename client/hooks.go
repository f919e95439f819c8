package client

import (
	"context"
	"time"
)

// Hooks observe operations. They are called on the caller's goroutine and must
// be quick; values never reach them.
type Hooks interface {
	// Start is called before an operation; the operation goes on with the
	// context that it returns, and so does End.
	Start(ctx context.Context, op Op) context.Context
	// End is called when the operation has ended.
	End(ctx context.Context, e Event)
}

// Event is what there is to say about an operation.
type Event struct {
	Op       Op
	Node     string // id of the node that answered, or was asked last
	Address  string
	Keys     int // how many keys it was about
	Attempts int // how many times a node was asked
	Hedged   bool
	BytesOut int // of keys and values in requests
	BytesIn  int // of values in replies
	Start    time.Time
	Duration time.Duration
	Err      error
}

// NearCache keeps copies of values in the process; package near has one. Its
// methods are called concurrently.
type NearCache interface {
	// Get looks a key up. known says that the cache can tell; then found says
	// whether there is a value. The value must not be changed.
	Get(key string) (value []byte, found, known bool)
	// Put remembers a value, which nobody changes any more, or with found false
	// that there is none. version is what Version returned before the node was
	// asked: when the key was forgotten since, nothing is remembered.
	Put(key string, value []byte, found bool, version uint64)
	// Version changes whenever the key is forgotten.
	Version(key string) uint64
	// Forget drops the key, because it is written.
	Forget(key string)
	// Clear drops everything.
	Clear()
}
