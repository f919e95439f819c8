//go:build linux

package moves

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/cachegopher/cachegopher/client"
)

func TestCause(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("get: %w", &client.ServerError{Message: "TRYAGAIN The slot is being handed over"}), "TRYAGAIN"},
		{errors.New("CLUSTERDOWN Hash slot not served"), "CLUSTERDOWN"},
		{io.EOF, "connection"},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, "connection"},
		{fmt.Errorf("get: %w", context.DeadlineExceeded), "timeout"},
		{fmt.Errorf("get: %w", client.ErrTimeout), "timeout"},
	} {
		if got := causeOf(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

func TestFailures(t *testing.T) {
	var f failures
	f = f.add(failures{{"ours", "timeout"}: 1, {"go-redis", "TRYAGAIN"}: 2})
	f = f.add(failures{{"ours", "timeout"}: 1, {"go-redis", "MOVED"}: 3})
	if got, want := f.String(), "go-redis: 3 MOVED, 2 TRYAGAIN; ours: 2 timeout"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
