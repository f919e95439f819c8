package realclients

import (
	"context"
	"strings"
	"testing"
	"time"
)

// patience bounds the wait for an event that is due at once; the machine may be busy.
const patience = 30 * time.Second

// binary is a value with every byte.
var binary = func() string {
	var b strings.Builder
	for i := range 256 {
		b.WriteByte(byte(i))
	}
	return b.String() + "\r\n$3\r\n"
}()

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	return ctx
}

// is fails if err is not nil or got is not want.
func is[T comparable](t *testing.T, what string, got T, err error, want T) {
	t.Helper()
	if err != nil || got != want {
		t.Errorf("%s: %.200v, %v; want %.200v", what, got, err, want)
	}
}

// saysUnknown fails unless err is the error of Redis for an unknown command.
func saysUnknown(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "unknown command") {
		t.Errorf("a command that there is not: %v", err)
	}
}
