package command_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestProtectedTargets loads a node that has users, with TLS and without, every reply checked.
func TestProtectedTargets(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: raw connections need Linux")
	}
	n := servertest.Start(t, servertest.User("app", "hunter2", "read", "write"), servertest.TLS())
	ctx := context.Background()
	for _, u := range []string{
		"cachegopher://app:hunter2@" + n.Direct, "line://app:hunter2@" + n.Direct, "client://app:hunter2@" + n.Direct,
		"cachegophers://app:hunter2@" + n.TLSAddress + "?cacert=" + n.CA,
	} {
		tg, err := sut.Builtin().Open(ctx, u, sut.Options{})
		if err != nil {
			t.Fatalf("%s: %v", u, err)
		}
		defer tg.Close() //nolint:errcheck // the test is over
		spec := workload.Spec{Keys: 500, Value: "10-20000", Mix: "get=50,set=50"}
		r, err := load.Measure(ctx, spec, 1, tg, load.Plan{Conns: 3, Depth: 8, Threads: 1, Count: 300, Duration: time.Minute})
		if err != nil || r.Hits == 0 || r.ErrorCount() > 0 {
			t.Errorf("%s: %+v, %v", tg.URL, r, err)
		}
		if strings.Contains(tg.URL, "hunter2") {
			t.Errorf("a report would show the password: %s", tg.URL)
		}
	}
	for u, want := range map[string]string{
		"cachegopher://app:guess@" + n.Direct:                                 "WRONGPASS",
		"cachegophers://app:guess@" + n.TLSAddress + "?cacert=" + n.CA:        "WRONGPASS",
		"cachegophers://app:guess@" + n.TLSAddress:                            "certificate",
		"cachegopher://app:guess@" + n.Direct + "?cacert=" + n.CA:             "only with TLS",
		"cachegophers://app:guess@" + n.TLSAddress + "?cacert=/nowhere/guess": "no such file",
	} {
		if _, err := sut.Builtin().Open(ctx, u, sut.Options{}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "app:guess") {
			t.Errorf("%s: %v", u, err)
		}
	}
}
