package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
)

// TestReach: a process counts as gone if nobody, or certainly another one, listens at its address.
func TestReach(t *testing.T) {
	store, err := lru.New(lru.Options{MaxEntries: 10, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // the test is over
	r := &replication{sec: new(security), sessions: session.NewNode(session.Options{Store: store})}
	for _, c := range []struct {
		name, answer, run string
		gone              bool
	}{
		{"the same run", info("x"), "x", false},
		{"another run", info("y"), "x", true},
		{"this node", info(r.sessions.RunID()), "x", false},
		{"any run", info("y"), "", false},
		{"not a node", "HTTP/1.1 400 Bad Request\r\n\r\n", "x", true},
		{"no right to ask", "-NOPERM no\r\n", "x", false},
		{"no answer", "", "x", false},
	} {
		l, err := nodeprocess.Listen()
		if err != nil {
			t.Fatal(err)
		}
		go answer(l, c.answer)
		to := topology.Server{ID: "a", Addresses: []string{l.Addr().String()}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		var refused *coordination.RefusedError
		if err := r.reach(ctx, to, c.run); errors.As(err, &refused) != c.gone {
			t.Errorf("%s: %v, want gone: %v", c.name, err, c.gone)
		}
		l.Close() //nolint:errcheck // so that nobody listens
		if err := r.reach(ctx, to, c.run); !errors.As(err, &refused) {
			t.Errorf("nobody listens: %v", err)
		}
		cancel()
	}
}

func info(run string) string {
	text := "# Server\r\nrun_id:" + run + "\r\n"
	return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)
}

// answer sends text on each connection of l once a request has come, and closes it.
func answer(l net.Listener, text string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close() //nolint:errcheck // the answer is sent
			if n, _ := conn.Read(make([]byte, 100)); n > 0 {
				io.WriteString(conn, text) //nolint:errcheck // the test sees it
			}
		}()
	}
}
