package replica

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// TestFullSyncRests counts how often a full sync of 2 MB rests: never while no client uses either node, and after
// every batch while clients use one of them.
func TestFullSyncRests(t *testing.T) {
	requests := int64(7)
	for name, c := range map[string]struct {
		count func() int64
		ack   byte // the secondary's answer to each batch
		rests bool
	}{
		"nobody":                     {count: func() int64 { return requests }},
		"clients of the primary":     {count: func() int64 { requests++; return requests }, rests: true},
		"clients of the secondary":   {count: func() int64 { return requests }, ack: ackInUse, rests: true},
		"nobody counts the requests": {rests: true},
	} {
		t.Run(name, func(t *testing.T) {
			sends, waits := walkAll(t, c.count, c.ack)
			if c.rests && (waits < 20 || sends < 20) || !c.rests && (waits > 0 || sends > 12) {
				t.Errorf("%d batches and %d rests", sends, waits)
			}
		})
	}
}

// walkAll makes a link send a whole store in batches that take 1 ms each, and counts batches and rests.
func walkAll(t *testing.T, count func() int64, ack byte) (sends, waits int) {
	c, err := lru.New(lru.Options{MaxMemory: 16e6, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	for i := range 2000 {
		if err := c.Set(fmt.Append(nil, "key", i), make([]byte, 1000), 0); err != nil {
			t.Fatal(err)
		}
	}
	p := NewPrimary(PrimaryOptions{Group: "g", ID: "p", Secondaries: []string{"s"}, Store: NewCacheStore(c), Log: newTestLog(t, MinLog),
		Requests: count, Wall: func() int64 { return 1 }, Rand: testRand()}, 0)
	l := p.Links()[0]
	now := time.Second // earlier requests are long over
	if count != nil {
		l.requests = count()
	}
	l.state, l.heard, l.sentAt, l.sync = linkSending, now, now, syncWalking
	for l.sync == syncWalking {
		switch a := l.Next(now); a.Do {
		case DoSend:
			sends++
			now += time.Millisecond
			l.Received(now, appendFrame(nil, frameAck, 0, ack))
		case DoWait:
			waits++
			now = a.Until
		default:
			t.Fatalf("the link wants %+v", a)
		}
	}
	return sends, waits
}
