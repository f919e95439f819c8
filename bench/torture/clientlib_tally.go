//go:build linux

package main

import (
	"errors"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// tally counts the results that callers of the library saw.
type tally struct {
	mu            sync.Mutex
	right, misses int
	wrong         []string
	errors        map[string]int64
	downSince     time.Time     // start of the current outage; zero: none
	longest       time.Duration // the longest outage
}

func (t *tally) note(err error, wrong string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case wrong != "":
		t.wrong = append(t.wrong, wrong)
	case err == nil || errors.Is(err, client.ErrNotFound):
		t.right++
		if err != nil {
			t.misses++
		}
		if !t.downSince.IsZero() {
			t.longest = max(t.longest, time.Since(t.downSince))
			t.downSince = time.Time{}
		}
	default:
		t.errors[libraryError(err)]++
		if t.downSince.IsZero() {
			t.downSince = time.Now()
		}
	}
}

// libraryError names the kind of a library's error.
func libraryError(err error) string {
	for _, kind := range []error{client.ErrNotSent, client.ErrUnknown, client.ErrUnavailable, client.ErrReadOnly, client.ErrTimeout, client.ErrBusy, client.ErrClosed} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	if refusal := new(client.ServerError); errors.As(err, &refusal) {
		return refusal.Code()
	}
	return "other"
}
