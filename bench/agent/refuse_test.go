package agent

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestToken(t *testing.T) {
	s := newToy(t)
	a := start(t, &Agent{Token: "right"})
	for _, token := range []string{"", "wrong", "righ", "right "} {
		_, err := do(t.Context(), driver(t, token, a), s, load.Plan{Conns: 1, Depth: 1, Count: 1}, 1)
		if err == nil || !strings.Contains(err.Error(), "the token is wrong") {
			t.Errorf("with the token %q: %v", token, err)
		}
	}
	if s.gets.Load()+s.sets.Load() > 0 {
		t.Error("the target was loaded")
	}
	again(t, s, a)
}

// TestOpenToTheWorld checks that an agent without a token listens on loopback only.
func TestOpenToTheWorld(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true, "127.8.8.8:1": true, "[::ffff:127.0.0.1]:1": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "example.com:1": false, "nonsense": false} {
		if Loopback(address) != want {
			t.Errorf("%s: loopback is %v", address, !want)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := Agent{Log: t.Logf}
	if err := a.Serve(t.Context(), anywhere{l}); err == nil || !strings.Contains(err.Error(), "without a token") {
		t.Errorf("it served: %v", err)
	}
}

// anywhere is a listener that says it listens on all addresses.
type anywhere struct{ net.Listener }

func (anywhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 1} }

func TestCheckTarget(t *testing.T) {
	for u, want := range map[string]bool{"redis://h:1": true, "cachegophers://u:p@h:1?ca=x": true, "client://h:1": true, "go-redis://h:1": true, "cluster://a:1,b:1": true,
		"spawn:cachegopher": false, "spawn:cachegopher?binary=x://y": false, "inproc:lru": false, "client:file.json": false, "local://h:1": false, "redis://h:1?pid=5": false,
		"redis://h:1?x=%zz": false} {
		if err := CheckTarget(u); (err == nil) != want {
			t.Errorf("%s: %v", u, err)
		}
	}
	a := start(t, &Agent{})
	if _, err := driver(t, "", a).Holds(t.Context(), "spawn:cachegopher?binary=x://y", time.Second); err == nil || !strings.Contains(err.Error(), "servers that run already") {
		t.Errorf("the agent itself took it: %v", err)
	}
}

// TestStrangers talks to an agent in ways that no driver does.
func TestStrangers(t *testing.T) {
	a := start(t, &Agent{Token: "right"})
	for name, c := range map[string]struct {
		send string
		want string
	}{
		"HTTP":         {"GET / HTTP/1.1\r\n\r\n", ""},
		"long":         {frame(strings.Repeat(" ", mostHello+1)), ""},
		"no hello":     {frame(`{"kind":"clock"}`), "the first message is no hello"},
		"empty hello":  {frame(`{"kind":"hello"}`), "the first message is no hello"},
		"version":      {frame(`{"kind":"hello","hello":{"version":99,"token":"right","driver":"x"}}`), "the driver speaks version 99 of the protocol, this agent version 1"},
		"unknown":      {frame(`{"kind":"hello","hello":{"version":1,"token":"right","driver":"x","wings":2}}`), ""},
		"not json":     {frame(`}`), ""},
		"unknown kind": {frame(`{"kind":"hello","hello":{"version":1,"token":"right","driver":"y"}}`) + frame(`{"kind":"fly"}`), `"welcome":`},
		"early start":  {frame(`{"kind":"hello","hello":{"version":1,"token":"right","driver":"y"}}`) + frame(`{"kind":"start"}`), `"welcome":`},
		"early round":  {frame(`{"kind":"hello","hello":{"version":1,"token":"right","driver":"y"}}`) + frame(`{"kind":"round"}`), "no target is open"},
	} {
		if got := talk(t, a.address, c.send); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: it answered %q", name, got)
		}
	}
	again(t, newToy(t), a)
}

func frame(body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + body
}

// talk sends text and returns all that is answered.
func talk(t *testing.T, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience)) //nolint:errcheck // the read fails then
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	c.(*net.TCPConn).CloseWrite() //nolint:errcheck // likewise
	var all []byte
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		all = append(all, b[:n]...)
		if err != nil {
			return string(all)
		}
	}
}

// TestOneDriver has a second driver come while the first is served.
func TestOneDriver(t *testing.T) {
	s := newToy(t)
	a := start(t, &Agent{})
	w, err := workload.Compile(workload.Spec{Keys: 10}, 1)
	if err != nil {
		t.Fatal(err)
	}
	plan := load.Plan{Conns: 1, Depth: 1, Threads: 1, Count: 10, Duration: time.Minute, Timeout: patience}
	first, err := driver(t, "", a).Open(t.Context(), s.url(), w, 1, plan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := driver(t, "", a).Open(t.Context(), s.url(), w, 1, plan); err == nil || !strings.Contains(err.Error(), "it serves another driver") {
		t.Errorf("the second driver: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again(t, s, a)
}

// TestHung has agents of which one falls silent: before it welcomes, when a target is opened, and when a round is to begin.
func TestHung(t *testing.T) {
	// After two answers, an answer is waited for as long as anything is, from about the same moment on.
	for answers, want := range []string{"i/o timeout", "is lost", "is lost|no answer within 3s"} {
		t.Run(fmt.Sprint(answers), func(t *testing.T) {
			t.Parallel()
			hang(t, answers, want)
		})
	}
}

// hang runs with an agent that gives so many answers. want is a pattern of the error.
func hang(t *testing.T, answers int, want string) {
	s := newToy(t)
	hung := testkit.Serve(t, func(c net.Conn) {
		l := newLink(c, patience)
		for _, m := range []*message{{Kind: sayWelcome, Welcome: &welcome{Version: Version}}, {Kind: sayOpened}, {Kind: sayFilled}}[:answers] {
			if _, err := l.receive(mostMessage); err != nil || l.send(m) != nil {
				return
			}
		}
		io.Copy(io.Discard, c) //nolint:errcheck // it hears and says nothing
	})
	d := driver(t, "", start(t, &Agent{}), &started{address: hung.Address}) // the first one beats once a second
	d.Patience = 3 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	_, err := do(ctx, d, s, load.Plan{Conns: 2, Depth: 1, Threads: 1, Duration: time.Hour}, 1)
	if err == nil || ctx.Err() != nil || !regexp.MustCompile(want).MatchString(err.Error()) {
		t.Errorf("silent after %d answers: %v", answers, err)
	}
}

func TestDivide(t *testing.T) {
	whole := load.Plan{Conns: 7, Depth: 1, Threads: 4, Rate: 700, Count: 11}
	for n := 1; n <= 7; n++ {
		conns, rate, count := 0, 0.0, int64(0)
		for i := range n {
			p := divide(whole, i, n)
			if p.Threads > p.Conns || p.Part != i || p.Parts != n || p.Rate/float64(p.Conns) < 99.9 {
				t.Errorf("part %d of %d: %+v", i, n, p)
			}
			conns, rate, count = conns+p.Conns, rate+p.Rate, count+p.Count
		}
		if conns != 7 || rate < 699.9 || rate > 700.1 || count != 11 {
			t.Errorf("%d parts have %d connections, %v/s, %d requests", n, conns, rate, count)
		}
	}
}

func TestOffset(t *testing.T) {
	at := func(sent, answer, received int64) sample {
		return sample{sent: moment{sent, 50 + sent}, answer: moment{answer, answer + 50}, received: moment{received, 50 + received}}
	}
	got := offsetOf([]sample{at(0, 1900, 1000), at(2000, 3005, 2010), at(3000, 4090, 3100)})
	if got.mono != 1000 || got.wall != 1000 || got.unknown != 5 {
		t.Errorf("%+v", got)
	}
}
