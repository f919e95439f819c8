package cacheslog_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/observe/cacheslog"
	"github.com/cachegopher/cachegopher/server/servertest"
)

func TestLines(t *testing.T) {
	n := servertest.Start(t)
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	open := func(o cacheslog.Options) *client.Client {
		t.Helper()
		c, err := client.New(client.WithServers(n.Address), client.WithHooks(cacheslog.New(log, o)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
		return c
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	// says runs do and checks the one line that it must leave; none when wants is empty.
	says := func(do func(), wants ...string) {
		t.Helper()
		out.Reset()
		do()
		text := out.String()
		if lines := strings.Count(text, "\n"); len(wants) == 0 && lines != 0 || len(wants) > 0 && lines != 1 {
			t.Errorf("%d lines: %s", lines, text)
		}
		for _, w := range wants {
			if !strings.Contains(text, w) {
				t.Errorf("%q is not in %s", w, text)
			}
		}
		if strings.Contains(text, "secret") {
			t.Errorf("a key or value is in %s", text)
		}
	}
	quiet, all, slow := open(cacheslog.Options{Slow: -1}), open(cacheslog.Options{Slow: -1, All: true}), open(cacheslog.Options{Slow: time.Nanosecond})
	set := func(c *client.Client) func() {
		return func() { _ = c.Set(ctx, "secret-key", []byte("secret")) }
	}
	says(set(quiet))
	says(func() { _, _ = quiet.Get(ctx, "secret-missing") })
	says(set(all), "level=DEBUG", "op=Set", "outcome=ok", "keys=1", "bytes_out=16", "node="+n.Address)
	says(func() { _, _ = all.Get(ctx, "secret-missing") }, "level=DEBUG", "outcome=not_found")
	says(set(slow), "level=WARN", `msg="slow cache operation"`, "duration=")
	n.Fail("ERR out of luck", 1)
	says(set(quiet), "level=WARN", `msg="cache operation failed"`, "outcome=error", "out of luck")
	gone, end := context.WithCancel(ctx)
	end()
	says(func() { _, _ = quiet.Get(gone, "secret-key") }, "level=DEBUG", "outcome=canceled")
	says(func() { cacheslog.New(log, cacheslog.Options{All: true}).End(ctx, client.Event{Attempts: 2}) }, "outcome=ok", "attempts=2")
	n.Kill()
	says(set(quiet), "level=WARN", "outcome=unavailable")
}
