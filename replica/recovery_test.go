package replica

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/cachegopher/cachegopher/lru"
)

// TestRecoveryLogsProgress has an empty primary take a thousand entries of 10,000 bytes, a quarter each second, and reads
// its log. A line is due with the first six entries of a quarter, which fill a frame.
func TestRecoveryLogsProgress(t *testing.T) {
	c, err := lru.New(lru.Options{MaxEntries: 10_000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	core, said := observer.New(zap.InfoLevel)
	p := NewPrimary(PrimaryOptions{Group: "p", ID: "p", Secondaries: []string{"s"}, Store: NewCacheStore(c), Log: newTestLog(t, MinLog),
		Wall: func() int64 { return 1 }, Rand: rand.New(rand.NewPCG(1, 2)), Logger: zap.New(core)}, 0)
	l := p.Links()[0]
	next := func(now time.Duration, want Do) {
		t.Helper()
		if a := l.Next(now); a.Do != want {
			t.Fatalf("at %v the link wants %+v, want %d", now, a, want)
		}
	}
	next(0, DoDial)
	l.Dialed(0, nil)
	next(0, DoSend) // the greeting
	l.Received(0, []byte(Position{History: History{Date: 5}, Offset: 77, Complete: true, Entries: 1000}.line()))
	next(0, DoSend) // asks which members were in step with it
	l.Received(0, appendFrame(nil, frameAck, 0, 0))
	next(0, DoSend) // asks for the data
	for quarter := range 4 {
		now := time.Duration(quarter+1) * time.Second
		var records []byte
		for i := range 250 {
			records = appendSet(records, fmt.Appendf(nil, "key:%06d", 250*quarter+i), make([]byte, 9982), 0)
		}
		for len(records) > 0 {
			n := WholeRecords(records, framePayload)
			b, at := openFrame(nil)
			l.Received(now, closeFrame(append(b, records[:n]...), at, framePiece, 0))
			records = records[n:]
		}
		if st := p.Status(now); quarter == 1 && (st.Serving || st.Fetching.From != "s" || st.Fetching.Arrived != 500 || st.Fetching.Bytes != 5_000_000) {
			t.Errorf("half of it has arrived and the status is %+v", st)
		}
	}
	l.Received(4*time.Second, appendFrame(nil, frameEnd, 0))
	select {
	case <-p.Serving():
	default:
		t.Error("it has everything and does not serve")
	}
	var lines []string
	for _, e := range said.All() {
		lines = append(lines, e.Message)
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{"recovery: taking the data of a secondary\n", "recovery: 51%, 1.7 MB/s, 2.9s left\n", "\nrecovery: done"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, " left"); n != 4 {
		t.Errorf("%d lines tell how far it is in 4 s:\n%s", n, text)
	}
}
