// Package testkit has helpers for the tests of several packages: waiting for events that must happen.
package testkit

import (
	"context"
	"errors"
	"strings"
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

// HandedOver calls promote, which sends PROMOTE and returns its reply, until the reply is OK. On a busy machine a secondary may
// not be in step, or not confirm the last writes in the time for which a primary holds new ones: then the primary leads on,
// says so, and PROMOTE may be sent again. Any other reply fails the test.
func HandedOver(t testing.TB, promote func() string) {
	t.Helper()
	EventuallyNil(t, "the primary hands over", func() error {
		reply := promote()
		if reply == "OK" {
			return nil
		}
		for _, again := range []string{"hand over", "handed over", "changing its role"} {
			if strings.Contains(reply, again) {
				return errors.New(reply)
			}
		}
		t.Fatalf("PROMOTE is answered %q", reply)
		return nil
	})
}

// Within returns a context that ends after d, or with the test.
func Within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
