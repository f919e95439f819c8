package move

import (
	"testing"
	"time"
)

// walked lets a giver walk its store for a while of virtual time, and returns how many bytes a second it has sent. late is how
// long the answer to a request takes that is sent at a time.
func walked(t *testing.T, rate int64, during time.Duration, late func(at time.Duration) time.Duration) float64 {
	t.Helper()
	n := newNode(t, 20_000, func() int64 { return 1000 })
	t.Cleanup(n.close)
	for i := range 20_000 {
		n.set(numbered(i), make([]byte, 1000), 0)
	}
	o := GiverOptions{ID: "1", Group: "A", Epoch: 1, Cache: n.cache, Log: n.log, Rate: func() int64 { return rate }}
	o.Slots.Add(0, 16383)
	g := NewGiver(o)
	var answers []time.Duration // when they come
	for now := time.Duration(0); now < during; {
		a := g.Next(now)
		switch a.Do {
		case Dial:
			g.Connected()
		case Send:
			at := now + late(now)
			if len(answers) > 0 {
				at = max(at, answers[len(answers)-1])
			}
			answers = append(answers, at)
		case Wait:
			next := max(a.Until, now+time.Microsecond)
			if len(answers) > 0 && answers[0] <= next {
				next, answers = max(answers[0], now), answers[1:]
				g.Received(next, []byte("+OK\r\n"))
			}
			now = next
		default:
			t.Fatalf("action %d", a.Do)
		}
	}
	p := g.Progress()
	if p.Walked == 1 {
		t.Fatal("the store is too small for this test")
	}
	return float64(p.Bytes) / during.Seconds()
}

// TestPace wants a walk to keep to its rate while answers take as long as they always do, however long that is, to be slower
// while they are late, but not slower than it may be, and to be as quick as before afterwards.
func TestPace(t *testing.T) {
	const rate = 5e6
	steady := func(d time.Duration) func(time.Duration) time.Duration {
		return func(time.Duration) time.Duration { return d }
	}
	from := func(busy, until, late time.Duration) func(time.Duration) time.Duration {
		return func(at time.Duration) time.Duration {
			if at >= busy && at < until {
				return late
			}
			return 500 * time.Microsecond
		}
	}
	for what, c := range map[string]struct {
		late        func(time.Duration) time.Duration
		least, most float64 // parts of the rate
	}{
		"quick answers":          {steady(500 * time.Microsecond), 0.95, 1.01},
		"a long way":             {steady(20 * time.Millisecond), 0.95, 1.01},
		"somewhat late":          {from(20*time.Millisecond, time.Hour, 2500*time.Microsecond), 0.28, 0.45},
		"late":                   {from(20*time.Millisecond, time.Hour, 5*time.Millisecond), 0.24, 0.30},
		"very late":              {from(20*time.Millisecond, time.Hour, 100*time.Millisecond), 0.24, 0.30},
		"late for half the time": {from(20*time.Millisecond, time.Second, 20*time.Millisecond), 0.58, 0.68},
	} {
		t.Run(what, func(t *testing.T) {
			if got := walked(t, rate, 2*time.Second, c.late) / rate; got < c.least || got > c.most {
				t.Errorf("%.3f of the rate, want %.2f to %.2f", got, c.least, c.most)
			}
		})
	}
}

// TestUsualAnswer wants the quickest answer to count for a while, and to be forgotten when the way to the taker has changed.
func TestUsualAnswer(t *testing.T) {
	var p pace
	for now := time.Duration(0); now < 40*time.Second; now += 100 * time.Millisecond {
		took := 20 * time.Millisecond
		if now < 5*time.Second {
			took = time.Millisecond
		}
		p.answered(now, took)
		switch usual := p.usual(); {
		case now < 15*time.Second && usual != time.Millisecond:
			t.Fatalf("%v after %v", usual, now)
		case now > 25*time.Second && usual != 20*time.Millisecond:
			t.Fatalf("%v after %v", usual, now)
		}
	}
}
