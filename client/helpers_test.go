package client

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if address, ok := os.LookupEnv(nodeEnv); ok {
		if err := runNode(address); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		return
	}
	others := goleak.IgnoreCurrent() // libraries of the server, which tests import
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(others); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
	}
	os.Exit(code)
}

// newClient returns a client of one group whose members are the nodes. It is
// closed at the test's end, after which no goroutine may be left.
func newClient(t testing.TB, nodes []*fakeNode, opts ...Option) *Client {
	t.Helper()
	g := Group{ID: "g"}
	for i, f := range nodes {
		g.Members = append(g.Members, Member{ID: "n" + string(rune('1'+i)), Address: f.addr})
	}
	return newClientOf(t, Config{Groups: []Group{g}}, opts...)
}

// newClientOf returns a client of cfg, which is closed at the test's end. Unless opts set the read timeout, it is longer
// than replies take on a busy machine.
func newClientOf(t testing.TB, cfg Config, opts ...Option) *Client {
	t.Helper()
	c, err := New(append([]Option{WithConfig(cfg), WithReadTimeout(10 * time.Second)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// wantErr checks that err is an *Error, matches all the given kinds, and contains the text says.
func wantErr(t testing.TB, err error, says string, kinds ...error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want an *Error", err, err)
	}
	for _, k := range kinds {
		if !errors.Is(err, k) {
			t.Errorf("error %q is not %q", err, k)
		}
	}
	if !strings.Contains(err.Error(), says) {
		t.Errorf("error %q does not say %q", err, says)
	}
}
