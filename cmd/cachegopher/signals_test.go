package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/logging"
)

// TestSaveGrace waits while a snapshot grows, and gives one up that does not.
func TestSaveGrace(t *testing.T) {
	now, is, bytes := time.Now(), false, int64(0)
	g := saveGrace{of: func() (bool, int64) { return is, bytes }}
	if g.extends(now) {
		t.Error("it waits although no snapshot is written")
	}
	is = true
	for range 5 {
		bytes++
		if now = now.Add(extendBy); !g.extends(now) {
			t.Error("it does not wait for a snapshot that grows")
		}
	}
	if !g.extends(now.Add(extendBy-1)) || g.extends(now.Add(extendBy)) {
		t.Error("it does not give up a snapshot that does not grow")
	}
}

// TestSupervise sends signals to a node that obeys, fails or hangs, and checks how it ends.
func TestSupervise(t *testing.T) {
	obey := func(ctx context.Context) error { <-ctx.Done(); return nil }
	hang := func(context.Context) error { select {} }
	broken := errors.New("broken")
	for _, c := range []struct {
		name    string
		run     func(context.Context) error
		signals []os.Signal
		timeout time.Duration
		want    error
		log     string
	}{
		{"SIGTERM", obey, []os.Signal{syscall.SIGTERM}, time.Minute, nil, "INFO stopping"},
		{"SIGINT", obey, []os.Signal{syscall.SIGINT}, time.Minute, nil, "INFO stopping"},
		{"SIGHUP goes on", obey, []os.Signal{syscall.SIGHUP, syscall.SIGTERM}, time.Minute, nil, "INFO reloaded"},
		{"SIGTERM again", obey, []os.Signal{syscall.SIGTERM, syscall.SIGTERM, syscall.SIGTERM}, time.Minute, nil, "INFO stopping"},
		{"one SIGINT after SIGTERM", hang, []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM}, 10 * time.Millisecond, nil, "WARN stopping took too long"},
		{"SIGQUIT", hang, []os.Signal{syscall.SIGTERM, syscall.SIGQUIT}, time.Minute, errHurried, "INFO stopping"},
		{"SIGQUIT alone", hang, []os.Signal{syscall.SIGQUIT}, time.Minute, errHurried, ""},
		{"hangs", hang, []os.Signal{syscall.SIGTERM}, 10 * time.Millisecond, nil, "WARN stopping took too long"},
		{"fails", func(context.Context) error { return broken }, nil, time.Minute, broken, ""},
		{"fails while stopping", func(ctx context.Context) error { <-ctx.Done(); return broken }, []os.Signal{syscall.SIGTERM}, time.Minute, broken, "INFO stopping"},
		{"ends unasked", func(context.Context) error { return nil }, nil, time.Minute, errUnasked, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var console bytes.Buffer
			log, err := logging.New(logging.Options{Console: &console})
			if err != nil {
				t.Fatal(err)
			}
			signals := make(chan os.Signal, len(c.signals))
			for _, s := range c.signals {
				signals <- s
			}
			reload := func() error { log.Info("reloaded"); return nil }
			if err := supervise(c.run, reload, signals, log, c.timeout, func() (bool, int64) { return false, 0 }); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if !strings.Contains(console.String(), c.log) {
				t.Errorf("log is %q", console.String())
			}
		})
	}
}

// TestImpatience: a SIGINT within milliseconds of the first comes from the same press of Ctrl-C, a later one does not.
func TestImpatience(t *testing.T) {
	var h impatience
	began := time.Now()
	for _, step := range []struct {
		signal os.Signal
		after  time.Duration
		want   bool
	}{
		{syscall.SIGTERM, 0, false}, {syscall.SIGTERM, time.Millisecond, false}, {syscall.SIGTERM, time.Minute, false},
		{syscall.SIGINT, time.Minute, false}, {syscall.SIGINT, time.Minute + time.Millisecond, false},
		{syscall.SIGTERM, 2 * time.Minute, false}, {syscall.SIGINT, time.Minute + samePress, true},
		{syscall.SIGQUIT, 0, true},
	} {
		if got := h.takes(step.signal, began.Add(step.after)); got != step.want {
			t.Errorf("%v after %v: %v", step.signal, step.after, got)
		}
	}
}
