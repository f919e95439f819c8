package reactor

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// patience bounds the wait for an event that is due at once; the machine may be busy.
const patience = 30 * time.Second

// running is a reactor under test, with a listener.
type running struct {
	*Reactor
	t     *testing.T
	l     net.Listener
	log   *observer.ObservedLogs
	stop  context.CancelFunc
	ended chan error
}

// serve starts a reactor whose connections are talkers.
func serve(t *testing.T, loops int) *running {
	t.Helper()
	core, log := observer.New(zapcore.InfoLevel)
	r := &running{t: t, log: log, ended: make(chan error, 1)}
	var err error
	if r.Reactor, err = New(loops, zap.New(core)); err != nil {
		t.Fatal(err)
	}
	if r.l, err = Listen("127.0.0.1:0", 0); err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		r.Accept(r.l, func(nc net.Conn) {
			c := &talker{}
			r.Init(&c.Conn, c)
			_ = r.Enroll(&c.Conn, nc)
		})
	}()
	go func() { r.ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		r.stop()
		r.l.Close()
		<-accepted
		by := time.Now().Add(time.Second)
		r.Drain(by)
		if err := r.Stop(by); err != nil {
			t.Error(err)
		}
		if n := r.Stats().Invalid; n > 0 || r.conns.Load() > 0 {
			t.Errorf("%d invalid transitions, %d connections are left", n, r.conns.Load())
		}
	})
	return r
}

// talker echoes; "bye" ends the connection.
type talker struct {
	Conn
	ahead func(data []byte) // called by Ahead; may be nil
	hear  func()            // called for each read; may be nil
	turns func()            // called by Turn; may be nil
}

func (*talker) Opened(*Loop) {}
func (*talker) Closed()      {}
func (c *talker) Silent()    { c.Abort() }
func (c *talker) Turn() {
	if c.turns != nil {
		c.turns()
	}
}
func (c *talker) Ahead(data []byte) {
	if c.ahead != nil {
		c.ahead(data)
	}
}

func (c *talker) Receive(data []byte) {
	if c.hear != nil {
		c.hear()
	}
	b := bytes.Clone(data) // Send may keep it
	if c.Send(&b) && string(data) == "bye\n" {
		c.Finish(LingerTime)
	}
}

func (r *running) eventually(what string, done func() bool) {
	r.t.Helper()
	testkit.Eventually(r.t, what, done)
}

func (r *running) dial() net.Conn {
	r.t.Helper()
	c, err := net.DialTimeout("tcp", r.l.Addr().String(), patience)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// echoes sends a line and waits for it.
func (r *running) echoes(c net.Conn) {
	r.t.Helper()
	if _, err := c.Write([]byte("3\n")); err != nil {
		r.t.Fatal(err)
	}
	if line, err := bufio.NewReader(c).ReadString('\n'); line != "3\n" || err != nil {
		r.t.Fatalf("got %q, %v", line, err)
	}
}
