// Package testkit has helpers for the tests of several packages: waiting for events that must happen.
package testkit

import (
	"context"
	"testing"
	"time"
)

// Patience bounds the wait for something that should happen at once: the machine may be busy.
const Patience = 30 * time.Second

// Eventually calls done every few milliseconds until it returns true, and fails the test if it has not within
// Patience. what names the event, as in "the node is connected".
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", Patience, what)
		}
	}
}

// EventuallyNil is Eventually for a function that returns why it is not done yet.
func EventuallyNil(t testing.TB, what string, try func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(Patience); ; time.Sleep(10 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s: %v", Patience, what, err)
		}
	}
}

// Within returns a context that ends after d, or with the test.
func Within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
